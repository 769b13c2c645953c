-- Unlogged and partitioned: some of it has to be SQL.

-- before

-- after
create unlogged table u (a int);
create table m (at date not null) partition by range (at);
create table m1 partition of m for values from ('2026-01-01') to ('2027-01-01');
