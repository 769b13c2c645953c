-- Text search dictionaries.
SELECT t.oid AS "@pg_ts_dict", n.schema, t.dictname AS name, d.description AS comment,
       CASE WHEN pn.nspname = 'pg_catalog' THEN '' ELSE quote_ident(pn.nspname) || '.' END
           || quote_ident(p.tmplname) AS template,
       t.dictinitoption AS options
FROM pg_ts_dict t
JOIN scope n ON n.oid = t.dictnamespace
JOIN pg_ts_template p ON p.oid = t.dicttemplate
JOIN pg_namespace pn ON pn.oid = p.tmplnamespace
LEFT JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_ts_dict'::regclass
WHERE t.oid >= %(first_oid)s
  AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_ts_dict'::regclass)
