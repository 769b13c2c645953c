-- Foreign servers.
SELECT s.oid AS "@pg_foreign_server", s.srvname AS name, d.description AS comment,
       f.fdwname AS wrapper, s.srvtype AS type, s.srvversion AS version,
       s.srvoptions AS "options.sorted_secret"
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
LEFT JOIN pg_description d ON d.objoid = s.oid AND d.classoid = 'pg_foreign_server'::regclass
WHERE s.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_foreign_server'::regclass)
  AND s.srvowner NOT IN (SELECT x.oid FROM stranger x)
