-- Grants, one row per object and role. Rights equal to those that the object has by itself (an owner's,
-- EXECUTE for everybody, what initdb or an extension's script gave) are no grants, whether stored or not; who
-- granted them, and in which order, means nothing. apart: the object itself is not read (a member of an extension,
-- a part of PostgreSQL, the database).
WITH listed AS (
    SELECT o.of, json_build_array(o.parts, o.suffix) AS name, o.granted || ' ' || o.named AS target,
           NULL::text AS column_name, o.class, o.id, 0 AS sub, o.acl,
           coalesce(i.initprivs, acldefault(o.acl_kind, o.owner)) AS default_acl,
           (o.class::oid, o.id) IN (SELECT m.classid, m.objid FROM member m) AS apart
    FROM owned o
    LEFT JOIN pg_init_privs i ON i.classoid = o.class AND i.objoid = o.id AND i.objsubid = 0
    WHERE o.acl IS NOT NULL
    UNION ALL
    SELECT CASE WHEN r.kind IN ('table', 'foreign table') THEN 'column' ELSE r.kind || ' column' END,
           json_build_array(ARRAY[r.schema, r.name, a.attname]::text[], ''),
           'TABLE ' || quote_ident(r.schema) || '.' || quote_ident(r.name), a.attname::text,
           'pg_class'::regclass, r.oid, a.attnum, a.attacl, NULL::aclitem[], false
    FROM relation r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE a.attacl IS NOT NULL
    UNION ALL
    SELECT 'database', json_build_array(ARRAY['database'], ''), '', NULL, 'pg_database'::regclass, b.oid, 0,
           b.datacl, acldefault('d', b.datdba), true
    FROM pg_database b
    WHERE b.datname = current_database() AND b.datacl IS NOT NULL
    UNION ALL
    SELECT p.of, json_build_array(p.parts, p.suffix), p.granted || ' ' || p.named, NULL, p.class, p.id, 0, p.acl,
           coalesce(i.initprivs, acldefault(p.acl_kind, p.owner)), true
    FROM (
        SELECT 'language' AS of, ARRAY[l.lanname]::text[] AS parts, '' AS suffix, 'LANGUAGE' AS granted,
               quote_ident(l.lanname) AS named, 'pg_language'::regclass AS class, l.oid AS id, l.lanacl AS acl,
               'l'::"char" AS acl_kind, l.lanowner AS owner
        FROM pg_language l
        UNION ALL
        SELECT 'system function', ARRAY[n.nspname, f.proname]::text[], '(' || oidvectortypes(f.proargtypes) || ')', 'FUNCTION',
               quote_ident(n.nspname) || '.' || quote_ident(f.proname) || '(' || oidvectortypes(f.proargtypes) || ')',
               'pg_proc'::regclass, f.oid, f.proacl, 'f', f.proowner
        FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
        WHERE f.oid < %(first_oid)s AND n.nspname = 'pg_catalog'
        UNION ALL
        SELECT 'system table', ARRAY[n.nspname, c.relname]::text[], '', 'TABLE',
               quote_ident(n.nspname) || '.' || quote_ident(c.relname), 'pg_class'::regclass, c.oid, c.relacl, 'r', c.relowner
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid < %(first_oid)s AND n.nspname = 'pg_catalog'
        UNION ALL
        SELECT 'system schema', ARRAY[n.nspname]::text[], '', 'SCHEMA', quote_ident(n.nspname), 'pg_namespace'::regclass,
               n.oid, n.nspacl, 'n', n.nspowner
        FROM pg_namespace n
        WHERE n.oid < %(first_oid)s AND n.nspname = 'pg_catalog'
    ) p
    LEFT JOIN pg_init_privs i ON i.classoid = p.class AND i.objoid = p.id AND i.objsubid = 0
    WHERE p.acl IS NOT NULL AND p.acl IS DISTINCT FROM i.initprivs
),
given AS (
    SELECT l.class, l.id, l.sub, g.grantee,
           array_agg(DISTINCT lower(g.privilege_type) || CASE WHEN g.is_grantable THEN '*' ELSE '' END) AS privileges
    FROM listed l CROSS JOIN LATERAL aclexplode(l.acl) g
    GROUP BY l.class, l.id, l.sub, g.grantee
),
usual AS (
    SELECT l.class, l.id, l.sub, g.grantee,
           array_agg(DISTINCT lower(g.privilege_type) || CASE WHEN g.is_grantable THEN '*' ELSE '' END) AS privileges
    FROM listed l CROSS JOIN LATERAL aclexplode(l.default_acl) g
    GROUP BY l.class, l.id, l.sub, g.grantee
)
SELECT l.of, l.name AS "name.called", l.target, l.column_name AS column,
       CASE WHEN x.grantee = 0 THEN 'public' ELSE coalesce(r.rolname::text, x.grantee::text) END AS grantee,
       x.privileges AS "privileges.sorted", x.usual AS "default.sorted", l.apart
FROM (SELECT class, id, sub, grantee, g.privileges, u.privileges AS usual
      FROM given g FULL JOIN usual u USING (class, id, sub, grantee)
      WHERE g.privileges IS DISTINCT FROM u.privileges) x
JOIN listed l ON l.class = x.class AND l.id = x.id AND l.sub = x.sub
LEFT JOIN pg_roles r ON r.oid = x.grantee
WHERE x.grantee NOT IN (SELECT s.oid FROM stranger s)
  AND NOT (coalesce(current_setting('todo_db.scratch', true), '') = 'on' AND coalesce(r.rolname, '') = session_user)
