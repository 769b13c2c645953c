-- Indexes: Alembic has an operation for everything.

-- before
create table t (a text, b int, c jsonb, d int);

-- after
create table t (a text, b int, c jsonb, d int);
create index i1 on t (a desc nulls last, b);
create unique index i2 on t (b) include (d) where d > 0;
create index i3 on t using gin (c jsonb_path_ops);
create index i4 on t (a text_pattern_ops);
create index i5 on t ((b + d), lower(a) text_pattern_ops desc);
create index i6 on t using hash (a);
create unique index i7 on t (a) nulls not distinct;
create index i8 on t (a) with (fillfactor = 70);
create index i9 on t (a collate "C");
