-- Keys that Alembic cannot add by themselves: some of it has to be SQL.

-- before
create table a (x int not null, y int);
create table b (x int not null, y int);
create table m (a int, b int) partition by range (a, ((b * (a % 2))));

-- after
create table a (x int not null, y int, constraint k primary key (x) deferrable initially deferred);
create table b (x int not null, y int, primary key (x) include (y), unique (y) include (x));
