-- Text search parsers.
SELECT p.oid AS "@pg_ts_parser", n.schema, p.prsname AS name, d.description AS comment,
       array_remove(ARRAY['start = ' || p.prsstart::regproc::text, 'gettoken = ' || p.prstoken::regproc::text,
                          'end = ' || p.prsend::regproc::text,
                          CASE WHEN p.prsheadline <> 0 THEN 'headline = ' || p.prsheadline::regproc::text END,
                          'lextypes = ' || p.prslextype::regproc::text], NULL) AS functions
FROM pg_ts_parser p
JOIN scope n ON n.oid = p.prsnamespace
LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_ts_parser'::regclass
WHERE p.oid >= %(first_oid)s
  AND p.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_ts_parser'::regclass)
