-- A view reads with its owner's rights unless it says security_invoker: policies that hold the caller do not apply.
SELECT 'view', n.nspname, v.relname,
       'reads ' || string_agg(DISTINCT quote_ident(c.relname), ', ') || ' with the rights of its owner, '
       || quote_ident(r.rolname) || ', not with the caller''s',
       format('ALTER VIEW %I.%I SET (security_invoker = true)', n.nspname, v.relname)
  FROM pg_class v JOIN pg_namespace n ON n.oid = v.relnamespace JOIN pg_roles r ON r.oid = v.relowner
  JOIN pg_rewrite w ON w.ev_class = v.oid
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
  JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p', 'v') AND (c.relrowsecurity OR c.relkind = 'v')
 WHERE v.relkind = 'v'
   AND NOT coalesce(v.reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on',
                                                  'security_invoker=1', 'security_invoker=yes'], false)
 GROUP BY n.nspname, v.relname, r.rolname
