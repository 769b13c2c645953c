-- Row level security is enabled and no policy says what may be seen: nobody but the owner sees a row.
SELECT 'table', n.nspname, c.relname,
       'has row level security and no policy: only roles that bypass it see anything',
       'write the policies, or revoke the privileges if that is meant'
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relrowsecurity AND c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
