-- Foreign keys. The pairs of columns come in the order of their names, for their order means nothing,
-- except the last one of a PERIOD key. A list of columns to set that names all of them says nothing.
-- Rows that PostgreSQL keeps for the partitions of a referenced table are left out.
SELECT c.oid AS "@pg_constraint", r.schema, r.name AS "table", c.conname AS name, r.kind AS relation_kind,
       c.coninhcount > 0 AND NOT c.conislocal AS inherited,
       pairs.columns, tn.nspname AS target_schema, t.relname AS target_table, pairs.target_columns, pairs.written,
       CASE c.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade'
                          WHEN 'n' THEN 'set null' ELSE 'set default' END AS on_delete,
       CASE c.confupdtype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade'
                          WHEN 'n' THEN 'set null' ELSE 'set default' END AS on_update,
       CASE WHEN cardinality(c.confdelsetcols) < cardinality(c.conkey) THEN  -- @>=15
           ARRAY(SELECT a.attname::text FROM unnest(c.confdelsetcols) s (num)  -- @>=15
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = s.num ORDER BY 1)  -- @>=15
       ELSE '{}' END AS on_delete_columns,  -- @>=15
       CASE c.confmatchtype WHEN 'f' THEN 'full' WHEN 'p' THEN 'partial' ELSE 'simple' END AS match,
       c.condeferrable AS deferrable, c.condeferred AS deferred,
       c.convalidated AS valid,  -- @<18
       c.convalidated OR NOT c.conenforced AS valid,  -- @>=18
       c.conenforced AS enforced,  -- @>=18
       c.conperiod AS period,  -- @>=18
       (SELECT CASE WHEN min(g.tgenabled) <> max(g.tgenabled) THEN 'mixed'
                    WHEN min(g.tgenabled) = 'D' THEN 'disabled'
                    WHEN min(g.tgenabled) = 'R' THEN 'replica'
                    WHEN min(g.tgenabled) = 'A' THEN 'always' ELSE 'enabled' END
        FROM pg_trigger g WHERE g.tgconstraint = c.oid AND g.tgisinternal) AS triggers,
       d.description AS comment
FROM pg_constraint c
JOIN relation r ON r.oid = c.conrelid
JOIN pg_class t ON t.oid = c.confrelid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass
LEFT JOIN pg_constraint up ON up.oid = c.conparentid
CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY last, a.attname) AS columns,
           array_agg(f.attname::text ORDER BY last, a.attname) AS target_columns,
           array_agg(a.attname::text ORDER BY k.pos) AS written
    FROM unnest(c.conkey, c.confkey) WITH ORDINALITY k (num, target, pos)
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num
    JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.target
    CROSS JOIN LATERAL (SELECT false AS last) l  -- @<18
    CROSS JOIN LATERAL (SELECT c.conperiod AND k.pos = cardinality(c.conkey) AS last) l  -- @>=18
) pairs
WHERE c.oid >= %(first_oid)s AND c.contype = 'f' AND up.conrelid IS DISTINCT FROM c.conrelid
