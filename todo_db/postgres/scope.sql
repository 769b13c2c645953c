-- What every query of a kind may look at. Put in front of each of them; CTEs that a query does not
-- name cost nothing. Parameters: system (bool), schemas (text[] or null: all), ignored_schemas,
-- ignored_tables (text[]). A percent sign anywhere in these files must be doubled.
WITH member AS NOT MATERIALIZED (  -- what belongs to an extension comes and goes with it
    SELECT d.classid, d.objid
    FROM pg_depend d
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
),
scope AS NOT MATERIALIZED (
    SELECT n.oid, n.nspname AS schema
    FROM pg_namespace n
    WHERE (%(system)s OR (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'))
      AND n.nspname <> ALL (%(ignored_schemas)s::text[])
      AND (%(schemas)s::text[] IS NULL OR n.nspname = ANY (%(schemas)s::text[]))
),
relation AS NOT MATERIALIZED (  -- tables, views and their like; a table's members follow it
    SELECT n.schema, c.relname AS name, c.*,
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                          WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type'
                          ELSE 'table' END AS kind
    FROM pg_class c
    JOIN scope n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't'
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
      AND c.relname <> ALL (%(ignored_tables)s::text[])
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
)
