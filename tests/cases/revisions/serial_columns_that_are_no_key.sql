-- Serial columns that are no key: some of it has to be SQL.

-- before

-- after
create table t (a int primary key, n serial);
