-- Domains. Their NOT NULL has been a constraint of its own since 17; typnotnull tells it everywhere.
SELECT t.oid AS "@pg_type", n.schema, t.typname AS name, d.description AS comment,
       format_type(t.typbasetype, t.typtypmod) AS type,
       NOT t.typnotnull AS nullable,
       coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) AS default,
       CASE WHEN t.typcollation <> b.typcollation THEN
           CASE WHEN cn.nspname = 'pg_catalog' THEN quote_ident(co.collname)
                ELSE quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END
       END AS collation,
       coalesce((SELECT json_agg(json_build_array(k.conname, pg_get_constraintdef(k.oid)) ORDER BY k.conname)
                 FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '[]') AS checks,
       coalesce((SELECT json_agg(json_build_array(k.conname, kd.description) ORDER BY k.conname)
                 FROM pg_constraint k
                 JOIN pg_description kd ON kd.objoid = k.oid AND kd.classoid = 'pg_constraint'::regclass
                 WHERE k.contypid = t.oid), '[]') AS check_comments
FROM pg_type t
JOIN scope n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_collation co ON co.oid = t.typcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_type'::regclass
WHERE t.oid >= %(first_oid)s AND t.typtype = 'd'
  AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_type'::regclass)
