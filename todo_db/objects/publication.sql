-- Publications with their tables, column lists and row filters.
SELECT p.oid AS "@pg_publication", p.pubname AS name, d.description AS comment,
       p.puballtables AS all_tables, p.pubviaroot AS via_root,
       p.pubgencols = 's' AS generated_columns,  -- @>=18
       false AS generated_columns,  -- @<18
       array_remove(ARRAY[CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubinsert THEN 'insert' END,
                          CASE WHEN p.pubtruncate THEN 'truncate' END, CASE WHEN p.pubupdate THEN 'update' END],
                    NULL) AS operations,
       ARRAY(SELECT quote_ident(tn.nspname) || '.' || quote_ident(t.relname)
                    || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)  -- @>=15
                                         FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (x.prattrs::int2[])) || ')', '')  -- @>=15
                    || coalesce(' WHERE (' || pg_get_expr(x.prqual, x.prrelid) || ')', '')  -- @>=15
             FROM pg_publication_rel x
             JOIN pg_class t ON t.oid = x.prrelid
             JOIN pg_namespace tn ON tn.oid = t.relnamespace
             WHERE x.prpubid = p.oid) AS "tables.sorted",
       ARRAY(SELECT sn.nspname::text FROM pg_publication_namespace x JOIN pg_namespace sn ON sn.oid = x.pnnspid  -- @>=15
             WHERE x.pnpubid = p.oid) AS "schemas.sorted"  -- @>=15
       NULL::text[] AS "schemas.sorted"  -- @<15
FROM pg_publication p
LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_publication'::regclass
WHERE p.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_publication'::regclass)
  AND p.pubowner NOT IN (SELECT x.oid FROM stranger x)
