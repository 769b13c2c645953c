-- What alembic has no words for: some of it has to be SQL.

-- before
create table t (a int, r int4range);

-- after
create extension citext;
create domain email as text check (value like '%@%');
create sequence s start 7;
create table t (a int, r int4range, e email, c citext, p point, x xml, constraint ex exclude using
    gist (r with &&));
comment on constraint ex on t is 'no: overlap';
alter table t alter column e set storage external;
