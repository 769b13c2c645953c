-- What Alembic's table holds, if there is one: whether it may be read, its name, its rows.
-- ts_stat runs its text only where the table exists, so that no second round trip is needed; of the
-- functions that run a text it is the one that every server has (query_to_xml needs libxml).
SELECT s.readable, s.name,
       (SELECT array_agg(w.word)
        FROM ts_stat(CASE WHEN s.readable
                          THEN 'SELECT array_to_tsvector(ARRAY[version_num::text]) FROM ' || s.name
                          ELSE 'SELECT NULL::tsvector WHERE false' END) w) AS revisions
FROM (
    SELECT has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable,
           quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'alembic_version' AND c.relkind = 'r' AND c.relpersistence <> 't'
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'version_num' AND NOT a.attisdropped)
      AND (%(schemas)s::text[] IS NULL OR n.nspname = ANY (%(schemas)s::text[]) OR (n.nspname = 'public' AND %(usual_stamp)s))
) s
