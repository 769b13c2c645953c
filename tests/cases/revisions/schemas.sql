-- Schemas: Alembic has an operation for everything.

-- before

-- after
create schema audit;
create type audit.kind as enum ('a');
create table public.u (id int primary key);
create table audit.log (id bigserial primary key, kind audit.kind, u int references u on delete
    cascade);
create table audit.more (log bigint references audit.log);
create index on audit.log (kind);
