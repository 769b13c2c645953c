-- User mappings; pg_user_mapping itself may be read by superusers only.
SELECT u.srvname AS server, u.usename AS role, u.umoptions AS "options.sorted_secret"
FROM pg_user_mappings u
WHERE u.umuser NOT IN (SELECT x.oid FROM stranger x)
