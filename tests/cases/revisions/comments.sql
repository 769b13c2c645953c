-- Comments: Alembic has an operation for everything.

-- before
create table t (a int, b int);
comment on table t is 'old';
comment on column t.a is 'old';

-- after
create table t (a int, b int);
comment on column t.b is 'new';
comment on table t is 'new';
