-- The database that is read, where anything is said of it. The comment that initdb gives to postgres is no statement.
SELECT 'database' AS name, said.comment,
       CASE WHEN b.datconnlimit >= 0 THEN b.datconnlimit END AS connection_limit
FROM pg_database b
LEFT JOIN pg_shdescription d ON d.objoid = b.oid AND d.classoid = 'pg_database'::regclass
CROSS JOIN LATERAL (
    SELECT nullif(d.description, 'default administrative connection database') AS comment
) said
WHERE b.datname = current_database() AND (said.comment IS NOT NULL OR b.datconnlimit >= 0)
