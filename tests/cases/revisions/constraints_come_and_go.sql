-- Constraints come and go: Alembic has an operation for everything.

-- before
create table p (id int primary key, a int, b int);
create table t (x int, y int, constraint old unique (x));
alter table t add constraint old_check check (x > 0);

-- after
create table p (id int primary key, a int, b int, constraint pu unique (a, b));
create table t (x int, y int, primary key (x), constraint u unique nulls not distinct (y), foreign
    key (x, y) references p (a, b) match full on delete set null (y) deferrable);
alter table t add constraint new_check check (y > 0) not valid;
