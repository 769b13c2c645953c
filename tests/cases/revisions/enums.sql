-- Enums: Alembic has an operation for everything.

-- before
create table t (a int);

-- after
create type status as enum ('open', 'it''s: :done', '50%');
create type "My Enum" as enum ('x');
create table t (a int, s status not null default 'open', m "My Enum"[]);
