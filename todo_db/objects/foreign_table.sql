-- Foreign tables.
SELECT r.oid AS "@pg_class", r.schema, r.name, d.description AS comment,
       s.srvname AS server, f.ftoptions AS "options.sorted_secret",
       CASE WHEN r.relispartition THEN parents.names END AS "partition_of.displayed",
       pg_get_expr(r.relpartbound, r.oid) AS partition_bound,
       r.relispartition AND coalesce(parents.detaching, false) AS detaching,
       CASE WHEN r.relispartition THEN '[]' ELSE coalesce(parents.names, '[]') END AS "inherits.displayed_all"
FROM relation r
JOIN pg_foreign_table f ON f.ftrelid = r.oid
JOIN pg_foreign_server s ON s.oid = f.ftserver
LEFT JOIN pg_description d ON d.objoid = r.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(pn.nspname, p.relname) ORDER BY i.inhseqno) AS names,
           bool_or(i.inhdetachpending) AS detaching
    FROM pg_inherits i
    JOIN pg_class p ON p.oid = i.inhparent
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = r.oid
) parents ON true
