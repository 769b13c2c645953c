-- What the kinds of constraints that stand on an index have in common, with what shows only in that index.
-- Columns whose names begin with @ are for the queries of the kinds.
-- @cte keyed
keyed AS NOT MATERIALIZED (
    SELECT c.contype AS "@contype", c.oid AS "@pg_constraint", c.conindid AS "@pg_class",
           r.schema, r.name AS "table", c.conname AS name, r.kind AS relation_kind,
           c.coninhcount > 0 AND NOT c.conislocal AS inherited,
           ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (num, pos)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num ORDER BY k.pos) AS columns,
           ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY k (num, pos)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num
                 WHERE k.pos > i.indnkeyatts ORDER BY k.pos) AS include,
           i.indnullsnotdistinct AS "@nulls_not_distinct",  -- @>=15
           c.condeferrable AS deferrable, c.condeferred AS deferred,
           c.conperiod AS without_overlaps,  -- @>=18
           x.reloptions AS "options.sorted",
           ts.spcname AS tablespace,
           i.indisvalid AND i.indisready AND i.indislive AS valid,
           d.description AS comment
    FROM pg_constraint c
    JOIN relation r ON r.oid = c.conrelid
    JOIN pg_index i ON i.indexrelid = c.conindid
    JOIN pg_class x ON x.oid = c.conindid
    LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace
    LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass
    WHERE c.oid >= %(first_oid)s AND c.contype IN ('p', 'u', 'x')
)
