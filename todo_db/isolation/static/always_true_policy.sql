-- A permissive policy whose condition is always true lets everybody do everything that it is for.
SELECT 'policy', n.nspname, c.relname || '.' || p.polname,
       'is always true for ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                              WHEN 'd' THEN 'DELETE' ELSE 'every command' END,
       'compare the owner: user_id = (SELECT nullif(current_setting(''app.user_id'', true), ''''))'
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE p.polpermissive
   AND (regexp_replace(pg_get_expr(p.polqual, p.polrelid), '[()\s]', '', 'g') IN ('true', '1=1')
        OR regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), '[()\s]', '', 'g') IN ('true', '1=1'))
