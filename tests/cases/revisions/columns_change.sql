-- Columns change: Alembic has an operation for everything.

-- before
create table t (a varchar(20), b int default 5, c text not null, d text default 'x', e int, f
    varchar default '7', g text);

-- after
create table t (a varchar(50) not null, b bigint default 6, c text, d varchar(9), e text default
    'a:b', f int default 8, g int[]);
comment on column t.a is 'it''s 50% :done';
