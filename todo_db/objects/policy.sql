-- Policies. Their roles come in no order that means anything.
SELECT p.oid AS "@pg_policy", r.schema, r.name AS "table", p.polname AS name, r.kind AS relation_kind,
       p.polpermissive AS permissive,
       CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                     WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
       ARRAY(SELECT coalesce(a.rolname::text, 'public') FROM unnest(p.polroles) x LEFT JOIN pg_roles a ON a.oid = x) AS "roles.sorted",
       pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_get_expr(p.polwithcheck, p.polrelid) AS check,
       d.description AS comment
FROM pg_policy p
JOIN relation r ON r.oid = p.polrelid
LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_policy'::regclass
