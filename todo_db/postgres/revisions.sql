-- What Alembic's table holds, if there is one: whether it may be read, its name, its rows as XML.
-- query_to_xml runs its text only where the table exists, so that no second round trip is needed.
SELECT s.readable, s.name,
       CASE WHEN s.readable THEN query_to_xml('SELECT version_num FROM ' || s.name, true, false, '')::text END AS rows
FROM (
    SELECT has_table_privilege(c.oid, 'SELECT') AS readable,
           quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'alembic_version' AND c.relkind = 'r' AND c.relpersistence <> 't'
      AND has_schema_privilege(n.oid, 'USAGE')
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'version_num' AND NOT a.attisdropped)
      AND (%(schemas)s::text[] IS NULL OR n.nspname = ANY (%(schemas)s::text[]) OR n.nspname = 'public')
) s
