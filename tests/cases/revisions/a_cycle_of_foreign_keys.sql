-- A cycle of foreign keys: Alembic has an operation for everything.

-- before

-- after
create table a (id int primary key, b int);
create table b (id int primary key, a int references a);
alter table a add foreign key (b) references b;
