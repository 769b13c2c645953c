-- Labels that go: some of it has to be SQL.

-- before
create type e as enum ('a', 'b', 'c');
create table t (x e default 'a');

-- after
create type e as enum ('c', 'a');
create table t (x e default 'a');
