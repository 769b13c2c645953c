-- Labels of an enum: some of it has to be SQL.

-- before
create type e as enum ('a', 'c');
create table t (x e);

-- after
create type e as enum ('a', 'b', 'c');
create table t (x e not null default 'b');
