-- Settings that are stored for this database.
SELECT coalesce(r.rolname, '') AS role, split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
FROM pg_db_role_setting s
JOIN pg_database b ON b.oid = s.setdatabase AND b.datname = current_database()
LEFT JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN LATERAL unnest(s.setconfig) c
WHERE s.setrole NOT IN (SELECT x.oid FROM stranger x)
