-- current_setting() that does not stand in a subselect of its own is evaluated for every row of a scan.
SELECT 'policy', n.nspname, c.relname || '.' || p.polname,
       'calls ' || found.name || '() for each row',
       'write (SELECT ' || found.name || '(…)): then it is evaluated once'
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT concat_ws(' ', pg_get_expr(p.polqual, p.polrelid),
                                            pg_get_expr(p.polwithcheck, p.polrelid)) AS text) AS expression
  CROSS JOIN LATERAL (SELECT (regexp_match(
      regexp_replace(expression.text, '\(\s*SELECT\s+(?:[^()]*\(){0,3}[^()]*(current_setting|auth\.uid|user_id)\(', '(', 'gi'),
      '(current_setting|auth\.uid)\s*\('))[1] AS name) AS found
 WHERE found.name IS NOT NULL
