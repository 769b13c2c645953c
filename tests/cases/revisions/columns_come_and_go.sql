-- Columns come and go: Alembic has an operation for everything.

-- before
create table t (a int, gone text not null default 'x');

-- after
create table t (a int, b text, c int not null default 3, d timestamptz(3) not null default now());
