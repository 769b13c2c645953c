-- Checks with odd text: Alembic has an operation for everything.

-- before
create table t (a text);

-- after
create table t (a text default 'x:y\:z', b text default ':a', constraint odd check (a <> 'p:q\:r'
    and a like '50%' and a !~ '^:name'));
