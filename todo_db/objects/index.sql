-- Indexes that no constraint brings along. Whether an index is really in use shows only in pg_index.
-- An operator class is named where it is not the one that the type gets by itself, a collation where
-- it is not the column's own (for an expression: not the default). Where an index keeps something else than the
-- expression's value (a hash, the words of a text), only the deparser knows the expression's type.
SELECT x.oid AS "@pg_class", r.schema, r.name AS "table", x.relname AS name, r.kind AS relation_kind,
       up.inhparent IS NOT NULL AS inherited, x.relkind = 'I' AS partitioned,
       keys.columns, keys.orders AS "orders.list", keys.opclasses, keys.collations,
       keys.include AS "include.list", keys.statistics AS "statistics.list",
       i.indisunique AS unique, am.amname AS method,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       i.indnullsnotdistinct AS nulls_not_distinct,  -- @>=15
       x.reloptions AS "options.sorted",
       ts.spcname AS tablespace,
       i.indisvalid AND i.indisready AND i.indislive AS valid,
       CASE WHEN up.inhparent IS NOT NULL THEN
           (SELECT ARRAY[pn.nspname, p.relname]::text[] FROM pg_class p JOIN pg_namespace pn ON pn.oid = p.relnamespace
            WHERE p.oid = up.inhparent)
       END AS "attached_to.display",
       d.description AS comment
FROM pg_index i
JOIN relation r ON r.oid = i.indrelid
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am am ON am.oid = x.relam
LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace
LEFT JOIN pg_inherits up ON up.inhrelid = i.indexrelid
LEFT JOIN pg_description d ON d.objoid = x.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
CROSS JOIN LATERAL (
    SELECT array_agg(coalesce(quote_ident(a.attname), pg_get_indexdef(i.indexrelid, k.pos::int, false)) ORDER BY k.pos)
               FILTER (WHERE k.pos <= i.indnkeyatts) AS columns,
           array_agg(CASE k.option WHEN 0 THEN 'asc' WHEN 1 THEN 'desc nulls last'
                                   WHEN 2 THEN 'asc nulls first' ELSE 'desc' END ORDER BY k.pos)
               FILTER (WHERE k.pos <= i.indnkeyatts AND am.amname = 'btree') AS orders,
           array_agg(CASE WHEN NOT oc.opcdefault THEN named.opclass
                          WHEN a.attnum IS NULL AND (am.amname = 'hash' OR oc.opckeytype NOT IN (0, oc.opcintype))
                          THEN CASE WHEN strpos(pg_get_indexdef(i.indexrelid), ' ' || named.opclass) = 0 THEN ''
                                    ELSE named.opclass END
                          WHEN oc.opcintype = coalesce(a.atttypid, e.atttypid) OR NOT EXISTS (
                              SELECT FROM pg_opclass o2
                              WHERE o2.opcmethod = oc.opcmethod AND o2.opcdefault
                                AND o2.opcintype = coalesce(a.atttypid, e.atttypid))
                          THEN ''
                          ELSE named.opclass END
                     || coalesce(' (' || array_to_string(e.attoptions, ', ') || ')', '') ORDER BY k.pos)
               FILTER (WHERE k.pos <= i.indnkeyatts) AS opclasses,
           array_agg(CASE WHEN k.coll = 0 OR k.coll = coalesce(a.attcollation, 100) THEN ''
                          WHEN con.nspname = 'pg_catalog' THEN quote_ident(co.collname)
                          ELSE quote_ident(con.nspname) || '.' || quote_ident(co.collname) END ORDER BY k.pos)
               FILTER (WHERE k.pos <= i.indnkeyatts) AS collations,
           array_agg(a.attname::text ORDER BY k.pos) FILTER (WHERE k.pos > i.indnkeyatts) AS include,
           array_agg(k.pos || '=' || e.attstattarget ORDER BY k.pos) FILTER (WHERE e.attstattarget >= 0) AS statistics
    FROM unnest(i.indkey, i.indoption, i.indclass, i.indcollation)
         WITH ORDINALITY k (num, option, opclass, coll, pos)
    JOIN pg_attribute e ON e.attrelid = i.indexrelid AND e.attnum = k.pos
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num AND k.num <> 0
    LEFT JOIN pg_opclass oc ON oc.oid = k.opclass
    LEFT JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
    CROSS JOIN LATERAL (SELECT CASE WHEN ocn.nspname = 'pg_catalog' THEN '' ELSE quote_ident(ocn.nspname) || '.' END
                               || quote_ident(oc.opcname) AS opclass) named
    LEFT JOIN pg_collation co ON co.oid = k.coll
    LEFT JOIN pg_namespace con ON con.oid = co.collnamespace
) keys
WHERE i.indexrelid >= %(first_oid)s
  AND NOT EXISTS (SELECT FROM pg_constraint c
                  WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
