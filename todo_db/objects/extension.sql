-- Extensions. plpgsql is in every database from initdb on. A comment counts where it is not the
-- one of the extension's own control file.
SELECT e.oid AS "@pg_extension", e.extname AS name, n.nspname AS schema, e.extversion AS version,
       CASE WHEN t.description IS DISTINCT FROM a.comment THEN t.description END AS comment
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_description t ON t.objoid = e.oid AND t.classoid = 'pg_extension'::regclass
LEFT JOIN pg_available_extensions a ON a.name = e.extname
WHERE e.extname <> 'plpgsql'
