-- Generated columns: Alembic has an operation for everything.

-- before
create table t (a int);

-- after
create table t (a int, b int generated always as (a * 2) stored, c text default 'x');
