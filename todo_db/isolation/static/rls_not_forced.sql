-- Row level security does not hold the table's owner, which is often the role that the application connects as.
SELECT 'table', n.nspname, c.relname,
       'has row level security that does not hold its owner, ' || quote_ident(r.rolname),
       format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
 WHERE c.relrowsecurity AND NOT c.relforcerowsecurity AND c.relkind IN ('r', 'p')
