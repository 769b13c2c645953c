-- Text search templates.
SELECT t.oid AS "@pg_ts_template", n.schema, t.tmplname AS name, d.description AS comment,
       array_remove(ARRAY[CASE WHEN t.tmplinit <> 0 THEN 'init = ' || t.tmplinit::regproc::text END,
                          'lexize = ' || t.tmpllexize::regproc::text], NULL) AS functions
FROM pg_ts_template t
JOIN scope n ON n.oid = t.tmplnamespace
LEFT JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_ts_template'::regclass
WHERE t.oid >= %(first_oid)s
  AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_ts_template'::regclass)
