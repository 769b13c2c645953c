-- A table has policies, but row level security is not enabled: the policies do nothing.
SELECT 'table', n.nspname, c.relname,
       'has ' || count(*) || ' policies, and row level security is not enabled: they do nothing',
       format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', n.nspname, c.relname)
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT c.relrowsecurity
 GROUP BY n.nspname, c.relname
