-- Default privileges. An entry for all schemas holds what its role's objects have by themselves, too, which
-- is no statement; one for a schema adds to that.
WITH listed AS (
    SELECT d.oid AS id, o.rolname AS role, coalesce(n.schema, '') AS schema, d.defaclacl AS acl,
           CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                                WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END AS objects,
           CASE WHEN d.defaclnamespace <> 0 THEN NULL::aclitem[]
                ELSE acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END AS default_acl
    FROM pg_default_acl d
    JOIN pg_roles o ON o.oid = d.defaclrole
    LEFT JOIN scope n ON n.oid = d.defaclnamespace
    WHERE (d.defaclnamespace = 0 OR n.oid IS NOT NULL) AND o.oid NOT IN (SELECT s.oid FROM stranger s)
),
given AS (
    SELECT l.id, g.grantee,
           array_agg(DISTINCT lower(g.privilege_type) || CASE WHEN g.is_grantable THEN '*' ELSE '' END) AS privileges
    FROM listed l CROSS JOIN LATERAL aclexplode(l.acl) g
    GROUP BY l.id, g.grantee
),
usual AS (
    SELECT l.id, g.grantee,
           array_agg(DISTINCT lower(g.privilege_type) || CASE WHEN g.is_grantable THEN '*' ELSE '' END) AS privileges
    FROM listed l CROSS JOIN LATERAL aclexplode(l.default_acl) g
    GROUP BY l.id, g.grantee
)
SELECT l.role, l.schema, l.objects,
       CASE WHEN x.grantee = 0 THEN 'public' ELSE coalesce(r.rolname::text, x.grantee::text) END AS grantee,
       x.privileges AS "privileges.sorted", x.usual AS "default.sorted"
FROM (SELECT id, grantee, g.privileges, u.privileges AS usual
      FROM given g FULL JOIN usual u USING (id, grantee)
      WHERE g.privileges IS DISTINCT FROM u.privileges) x
JOIN listed l ON l.id = x.id
LEFT JOIN pg_roles r ON r.oid = x.grantee
WHERE x.grantee NOT IN (SELECT s.oid FROM stranger s)
