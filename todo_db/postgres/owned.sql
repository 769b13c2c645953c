-- Everything that has an owner and rights, for owner.sql and grant.sql.
-- of, parts, suffix: the kind and the name of the object, as its own query gives them. named: its name in
-- SQL; word, granted: what stands before it in ALTER … OWNER TO and in GRANT … ON. follows: the owner is
-- that of a table.
-- @cte owned
owned AS (
    SELECT 'pg_class'::regclass AS class, c.oid AS id,
           CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                          WHEN 'f' THEN 'foreign table' ELSE 'table' END AS of,
           ARRAY[n.schema, c.relname]::text[] AS parts, '' AS suffix,
           quote_ident(n.schema) || '.' || quote_ident(c.relname) AS named,
           CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                          WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS word,
           CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS granted,
           c.relowner AS owner, c.relacl AS acl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS acl_kind,
           c.relkind = 'S' AND EXISTS (
               SELECT FROM pg_depend o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid
                                         AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')) AS follows
    FROM pg_class c
    JOIN scope n ON n.oid = c.relnamespace
    WHERE c.oid >= %(first_oid)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
      AND c.relname <> ALL (%(ignored_tables)s::text[])
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid,
           CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'composite type' END,
           ARRAY[n.schema, t.typname]::text[], '', quote_ident(n.schema) || '.' || quote_ident(t.typname),
           CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, 'TYPE', t.typowner, t.typacl, 'T'::"char", false
    FROM pg_type t
    JOIN scope n ON n.oid = t.typnamespace
    LEFT JOIN pg_class r ON r.oid = t.typrelid
    WHERE t.oid >= %(first_oid)s AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND r.relkind = 'c'))
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid,
           CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
           ARRAY[n.schema, p.proname]::text[], '(' || oidvectortypes(p.proargtypes) || ')',
           quote_ident(n.schema) || '.' || quote_ident(p.proname) || '('
               || CASE WHEN p.prokind = 'a' AND p.pronargs = 0 THEN '*' ELSE oidvectortypes(p.proargtypes) END || ')',
           CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
           CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.proowner, p.proacl, 'f'::"char", false
    FROM pg_proc p
    JOIN scope n ON n.oid = p.pronamespace
    WHERE p.oid >= %(first_oid)s
      AND NOT EXISTS (SELECT FROM pg_depend i
                      WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, 'schema', ARRAY[n.schema]::text[], '', quote_ident(n.schema),
           'SCHEMA', 'SCHEMA', s.nspowner, s.nspacl, 'n'::"char", s.nspname = 'public' AND o.rolname IN ('pg_database_owner', 'postgres')
    FROM scope n
    JOIN pg_namespace s ON s.oid = n.oid
    JOIN pg_roles o ON o.oid = s.nspowner
    UNION ALL
    SELECT 'pg_collation'::regclass, c.oid, 'collation', ARRAY[n.schema, c.collname]::text[], '',
           quote_ident(n.schema) || '.' || quote_ident(c.collname), 'COLLATION', NULL, c.collowner, NULL, NULL, false
    FROM pg_collation c JOIN scope n ON n.oid = c.collnamespace
    WHERE c.oid >= %(first_oid)s
    UNION ALL
    SELECT 'pg_operator'::regclass, o.oid, 'operator', ARRAY[n.schema]::text[],
           '.' || o.oprname || '(' || coalesce(format_type(nullif(o.oprleft, 0), NULL), 'NONE') || ', ' || format_type(o.oprright, NULL) || ')',
           quote_ident(n.schema) || '.' || o.oprname || ' (' || coalesce(format_type(nullif(o.oprleft, 0), NULL), 'NONE')
               || ', ' || format_type(o.oprright, NULL) || ')',
           'OPERATOR', NULL, o.oprowner, NULL, NULL, false
    FROM pg_operator o JOIN scope n ON n.oid = o.oprnamespace WHERE o.oid >= %(first_oid)s AND o.oprcode <> 0
    UNION ALL
    SELECT 'pg_opclass'::regclass, c.oid, 'operator class', ARRAY[n.schema, c.opcname]::text[], ' using ' || am.amname,
           quote_ident(n.schema) || '.' || quote_ident(c.opcname) || ' USING ' || quote_ident(am.amname),
           'OPERATOR CLASS', NULL, c.opcowner, NULL, NULL, false
    FROM pg_opclass c JOIN scope n ON n.oid = c.opcnamespace JOIN pg_am am ON am.oid = c.opcmethod
    WHERE c.oid >= %(first_oid)s
    UNION ALL
    SELECT 'pg_opfamily'::regclass, c.oid, 'operator family', ARRAY[n.schema, c.opfname]::text[], ' using ' || am.amname,
           quote_ident(n.schema) || '.' || quote_ident(c.opfname) || ' USING ' || quote_ident(am.amname),
           'OPERATOR FAMILY', NULL, c.opfowner, NULL, NULL, false
    FROM pg_opfamily c JOIN scope n ON n.oid = c.opfnamespace JOIN pg_am am ON am.oid = c.opfmethod
    WHERE c.oid >= %(first_oid)s
    UNION ALL
    SELECT 'pg_ts_config'::regclass, c.oid, 'text search configuration', ARRAY[n.schema, c.cfgname]::text[], '',
           quote_ident(n.schema) || '.' || quote_ident(c.cfgname), 'TEXT SEARCH CONFIGURATION', NULL, c.cfgowner, NULL, NULL, false
    FROM pg_ts_config c JOIN scope n ON n.oid = c.cfgnamespace
    WHERE c.oid >= %(first_oid)s
    UNION ALL
    SELECT 'pg_ts_dict'::regclass, c.oid, 'text search dictionary', ARRAY[n.schema, c.dictname]::text[], '',
           quote_ident(n.schema) || '.' || quote_ident(c.dictname), 'TEXT SEARCH DICTIONARY', NULL, c.dictowner, NULL, NULL, false
    FROM pg_ts_dict c JOIN scope n ON n.oid = c.dictnamespace
    WHERE c.oid >= %(first_oid)s
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, c.oid, 'statistics', ARRAY[n.schema, c.stxname]::text[], '',
           quote_ident(n.schema) || '.' || quote_ident(c.stxname), 'STATISTICS', NULL, c.stxowner, NULL, NULL, false
    FROM pg_statistic_ext c JOIN scope n ON n.oid = c.stxnamespace
    WHERE c.oid >= %(first_oid)s
    UNION ALL
    SELECT 'pg_publication'::regclass, c.oid, 'publication', ARRAY[c.pubname]::text[], '', quote_ident(c.pubname),
           'PUBLICATION', NULL, c.pubowner, NULL, NULL, false
    FROM pg_publication c
    WHERE c.pubowner NOT IN (SELECT x.oid FROM stranger x)
    UNION ALL
    SELECT 'pg_event_trigger'::regclass, c.oid, 'event trigger', ARRAY[c.evtname]::text[], '', quote_ident(c.evtname),
           'EVENT TRIGGER', NULL, c.evtowner, NULL, NULL, false
    FROM pg_event_trigger c
    WHERE c.evtowner NOT IN (SELECT x.oid FROM stranger x)
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, c.oid, 'foreign data wrapper', ARRAY[c.fdwname]::text[], '',
           quote_ident(c.fdwname), 'FOREIGN DATA WRAPPER', 'FOREIGN DATA WRAPPER', c.fdwowner, c.fdwacl, 'F'::"char", false
    FROM pg_foreign_data_wrapper c
    WHERE c.fdwowner NOT IN (SELECT x.oid FROM stranger x)
    UNION ALL
    SELECT 'pg_foreign_server'::regclass, c.oid, 'foreign server', ARRAY[c.srvname]::text[], '', quote_ident(c.srvname),
           'SERVER', 'FOREIGN SERVER', c.srvowner, c.srvacl, 'S'::"char", false
    FROM pg_foreign_server c
    WHERE c.srvowner NOT IN (SELECT x.oid FROM stranger x)
)
