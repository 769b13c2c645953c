-- Foreign data wrappers that no extension brings along.
SELECT f.oid AS "@pg_foreign_data_wrapper", f.fdwname AS name, d.description AS comment,
       CASE WHEN f.fdwhandler <> 0 THEN f.fdwhandler::regproc::text END AS handler,
       CASE WHEN f.fdwvalidator <> 0 THEN f.fdwvalidator::regproc::text END AS validator,
       f.fdwoptions AS "options.sorted_secret"
FROM pg_foreign_data_wrapper f
LEFT JOIN pg_description d ON d.objoid = f.oid AND d.classoid = 'pg_foreign_data_wrapper'::regclass
WHERE f.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_foreign_data_wrapper'::regclass)
  AND f.fdwowner NOT IN (SELECT x.oid FROM stranger x)
