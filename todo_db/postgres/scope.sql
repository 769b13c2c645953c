-- What every query of a kind may look at. The CTEs that a query names are put in front of it, each with
-- those that it needs itself. Parameters: system (bool), schemas (text[] or null: all), ignored_schemas,
-- ignored_tables, ignored_roles, ignored_role_prefixes (text[]), first_oid (16384: what came after initdb; an index finds that at once).
-- A percent sign anywhere in these files must be doubled.
-- @cte member
-- what belongs to an extension comes and goes with it
member AS NOT MATERIALIZED (
    SELECT d.classid, d.objid
    FROM pg_depend d
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
)
-- @cte scope
scope AS NOT MATERIALIZED (
    SELECT n.oid, n.nspname AS schema
    FROM pg_namespace n
    WHERE (%(system)s OR (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'))
      AND n.nspname <> ALL (%(ignored_schemas)s::text[])
      AND (%(schemas)s::text[] IS NULL OR n.nspname = ANY (%(schemas)s::text[]))
)
-- @cte stranger
-- roles that a hosting service brings along: what they own outside of schemas and what they may is theirs
stranger AS NOT MATERIALIZED (
    SELECT r.oid
    FROM pg_roles r
    WHERE r.rolname = ANY (%(ignored_roles)s::text[]) OR r.rolname::text ^@ ANY (%(ignored_role_prefixes)s::text[])
)
-- @cte relation
-- tables, views and their like; a table's members follow it
relation AS NOT MATERIALIZED (
    SELECT n.schema, c.relname AS name, c.*,
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                          WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type'
                          ELSE 'table' END AS kind
    FROM pg_class c
    JOIN scope n ON n.oid = c.relnamespace
    WHERE c.oid >= %(first_oid)s AND c.relpersistence <> 't'
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
      AND c.relname <> ALL (%(ignored_tables)s::text[])
      AND c.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_class'::regclass)
)
