-- The database that is read. One on scratch states only what it was told.
SELECT 'database' AS name, d.description AS comment,
       CASE WHEN b.datconnlimit >= 0 THEN b.datconnlimit END AS connection_limit
FROM pg_database b
LEFT JOIN pg_shdescription d ON d.objoid = b.oid AND d.classoid = 'pg_database'::regclass
WHERE b.datname = current_database()
  AND (coalesce(current_setting('todo_db.scratch', true), '') <> 'on'
       OR d.description IS NOT NULL OR b.datconnlimit >= 0)
