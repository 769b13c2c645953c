-- Grants, one row per object and role. Rights equal to those that the object has by itself (an owner's,
-- EXECUTE for everybody, what initdb gave on public) are no grants, whether stored or not; who granted
-- them, and in which order, means nothing.
WITH listed AS (
    SELECT o.of, json_build_array(o.parts, o.suffix) AS name, o.granted || ' ' || o.named AS target,
           NULL::text AS column_name, o.class, o.id, 0 AS sub, o.acl,
           coalesce((SELECT i.initprivs FROM pg_init_privs i
                     WHERE i.classoid = o.class AND i.objoid = o.id AND o.of = 'schema'),
                    acldefault(o.acl_kind, o.owner)) AS default_acl
    FROM owned o
    WHERE o.acl IS NOT NULL
      AND (o.class::oid, o.id) NOT IN (SELECT m.classid, m.objid FROM member m)
    UNION ALL
    SELECT CASE WHEN r.kind IN ('table', 'foreign table') THEN 'column' ELSE r.kind || ' column' END,
           json_build_array(ARRAY[r.schema, r.name, a.attname]::text[], ''),
           'TABLE ' || quote_ident(r.schema) || '.' || quote_ident(r.name), a.attname::text,
           'pg_class'::regclass, r.oid, a.attnum, a.attacl, NULL::aclitem[]
    FROM relation r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE a.attacl IS NOT NULL
    UNION ALL
    SELECT 'database', json_build_array(ARRAY['database'], ''), '', NULL, 'pg_database'::regclass, b.oid, 0,
           b.datacl, acldefault('d', b.datdba)
    FROM pg_database b
    WHERE b.datname = current_database() AND b.datacl IS NOT NULL
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
       x.privileges AS "privileges.sorted", x.usual AS "default.sorted"
FROM (SELECT class, id, sub, grantee, g.privileges, u.privileges AS usual
      FROM given g FULL JOIN usual u USING (class, id, sub, grantee)
      WHERE g.privileges IS DISTINCT FROM u.privileges) x
JOIN listed l ON l.class = x.class AND l.id = x.id AND l.sub = x.sub
LEFT JOIN pg_roles r ON r.oid = x.grantee
WHERE x.grantee NOT IN (SELECT s.oid FROM stranger s)
  AND NOT (coalesce(current_setting('todo_db.scratch', true), '') = 'on' AND coalesce(r.rolname, '') = session_user)
