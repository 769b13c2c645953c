-- Composite types of their own; the row types of tables and views are those tables and views.
SELECT t.oid AS "@pg_type", r.oid AS "@pg_class", r.schema, r.name, d.description AS comment,
       coalesce((
           SELECT json_agg(json_build_array(
                      a.attname, format_type(a.atttypid, a.atttypmod),
                      CASE WHEN a.attcollation <> at.typcollation THEN
                          CASE WHEN cn.nspname = 'pg_catalog' THEN quote_ident(co.collname)
                               ELSE quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END
                      END) ORDER BY a.attnum)
           FROM pg_attribute a
           JOIN pg_type at ON at.oid = a.atttypid
           LEFT JOIN pg_collation co ON co.oid = a.attcollation
           LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
           WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS attributes,
       coalesce((
           SELECT json_agg(json_build_array(a.attname, ad.description) ORDER BY a.attname)
           FROM pg_attribute a
           JOIN pg_description ad ON ad.objoid = r.oid AND ad.classoid = 'pg_class'::regclass
                                 AND ad.objsubid = a.attnum
           WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS attribute_comments
FROM relation r
JOIN pg_type t ON t.oid = r.reltype
LEFT JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_type'::regclass
WHERE r.kind = 'composite type'
  AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_type'::regclass)
