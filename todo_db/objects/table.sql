-- Tables, ordinary and partitioned, with what shows only in pg_class and in its toast table's row.
SELECT r.oid AS "@pg_class", r.schema, r.name, d.description AS comment,
       r.relpersistence = 'u' AS unlogged,
       r.relrowsecurity AS row_security, r.relforcerowsecurity AS force_row_security,
       CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END AS partition_key,
       CASE WHEN r.relispartition THEN parents.names END AS "partition_of.displayed",
       pg_get_expr(r.relpartbound, r.oid) AS partition_bound,
       r.relispartition AND coalesce(parents.detaching, false) AS detaching,
       CASE WHEN r.relispartition THEN '[]' ELSE coalesce(parents.names, '[]') END AS "inherits.displayed_all",
       CASE WHEN r.reloftype <> 0 THEN format_type(r.reloftype, NULL) END AS of_type,
       CASE WHEN am.amname <> 'heap' THEN am.amname END AS access_method,
       ts.spcname AS tablespace,
       r.reloptions AS "options.sorted",
       toast.reloptions AS "toast_options.sorted",
       CASE r.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
            ELSE 'index ' || coalesce((SELECT quote_ident(x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                              WHERE i.indrelid = r.oid AND i.indisreplident), '(dropped)') END AS replica_identity,
       (SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = r.oid AND i.indisclustered) AS clustered_on
FROM relation r
LEFT JOIN pg_description d ON d.objoid = r.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN pg_am am ON am.oid = r.relam
LEFT JOIN pg_tablespace ts ON ts.oid = r.reltablespace
LEFT JOIN pg_class toast ON toast.oid = r.reltoastrelid
LEFT JOIN (
    SELECT i.inhrelid, json_agg(json_build_array(pn.nspname, p.relname) ORDER BY i.inhseqno) AS names,
           bool_or(i.inhdetachpending) AS detaching
    FROM pg_inherits i
    JOIN pg_class p ON p.oid = i.inhparent
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
    GROUP BY i.inhrelid
) parents ON parents.inhrelid = r.oid
WHERE r.kind = 'table'
