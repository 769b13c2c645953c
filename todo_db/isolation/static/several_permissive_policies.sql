-- Permissive policies are joined by OR: each row passes where any of them lets it, and each is evaluated.
SELECT 'table', n.nspname, c.relname,
       'has ' || count(*) || ' permissive policies for ' || cmd.name || ' and the same role: '
       || string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname) || '; a row passes where any lets it',
       'make them one, or make those that restrict AS RESTRICTIVE'
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN unnest(p.polroles) AS role(oid)
  JOIN (VALUES ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) AS cmd(code, name)
    ON p.polcmd IN (cmd.code::"char", '*')
 WHERE p.polpermissive
 GROUP BY n.nspname, c.relname, cmd.name, role.oid
HAVING count(*) > 1
