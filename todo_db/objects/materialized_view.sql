-- Materialized views.
SELECT r.oid AS "@pg_class", r.schema, r.name, d.description AS comment,
       rtrim(pg_get_viewdef(r.oid), '; ') AS definition,
       r.relispopulated AS populated,
       r.reloptions AS "options.sorted",
       CASE WHEN am.amname <> 'heap' THEN am.amname END AS access_method,
       ts.spcname AS tablespace,
       (SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = r.oid AND i.indisclustered) AS clustered_on,
       coalesce((SELECT json_agg(json_build_array(a.attname, cd.description) ORDER BY a.attname)
                 FROM pg_attribute a
                 JOIN pg_description cd ON cd.objoid = r.oid AND cd.classoid = 'pg_class'::regclass
                                       AND cd.objsubid = a.attnum
                 WHERE a.attrelid = r.oid AND a.attnum > 0), '[]') AS column_comments
FROM relation r
LEFT JOIN pg_description d ON d.objoid = r.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN pg_am am ON am.oid = r.relam
LEFT JOIN pg_tablespace ts ON ts.oid = r.reltablespace
WHERE r.kind = 'materialized view'
