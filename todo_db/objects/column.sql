-- Columns of tables and foreign tables. From 17 on a partition's column has the identity of the whole table's,
-- before it had none: it is the whole table's either way. Gaps in attnum (dropped columns) and attndims mean nothing;
-- a precision of 6 is what date and time types have anyway.
SELECT r.oid AS "@pg_class", a.attnum AS "@sub",
       r.schema, r.name AS "table", a.attname AS name, r.kind AS relation_kind,
       a.attinhcount > 0 AND NOT a.attislocal AS inherited,
       row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum)::int AS position,
       CASE WHEN t.oid IN (1083, 1114, 1184, 1186, 1266, 1183, 1115, 1185, 1187, 1270)  -- time and interval types
            THEN replace(format_type(a.atttypid, a.atttypmod), '(6)', '')
            ELSE format_type(a.atttypid, a.atttypmod) END AS type,
       NOT a.attnotnull AS nullable,
       coalesce(nn.convalidated, true) AS not_null_valid,  -- @>=18
       coalesce(nn.connoinherit, false) AS not_null_no_inherit,  -- @>=18
       CASE WHEN nn.conname !~ '_not_null[0-9]*$' THEN nn.conname END AS not_null_name,  -- @>=18
       nn.conname AS not_null_constraint, nnd.description AS not_null_comment,  -- @>=18
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(ad.adbin, ad.adrelid) END AS default,
       CASE WHEN r.relispartition AND NOT a.attislocal THEN NULL
            WHEN a.attidentity = 'a' THEN 'always' WHEN a.attidentity = 'd' THEN 'by default' END AS identity,
       CASE WHEN a.attidentity <> '' AND (a.attislocal OR NOT r.relispartition) THEN (
           SELECT json_build_array(s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
           FROM pg_depend o
           JOIN pg_sequence s ON s.seqrelid = o.objid
           WHERE o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum
             AND o.classid = 'pg_class'::regclass AND o.deptype = 'i'
       ) END AS identity_options,
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(ad.adbin, ad.adrelid) END AS generated,
       CASE a.attgenerated WHEN 's' THEN true WHEN 'v' THEN false END AS generated_stored,
       CASE WHEN a.attcollation <> t.typcollation THEN
           CASE WHEN cn.nspname = 'pg_catalog' THEN quote_ident(co.collname)
                ELSE quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END
       END AS collation,
       d.description AS comment,
       CASE WHEN a.attstorage <> t.typstorage THEN
           CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external'
                             WHEN 'm' THEN 'main' WHEN 'x' THEN 'extended' END
       END AS storage,
       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
       CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::int END AS statistics,
       a.attoptions AS "options.sorted",
       a.attfdwoptions AS "foreign_options.sorted"
FROM relation r
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef ad ON a.atthasdef AND ad.adrelid = a.attrelid AND ad.adnum = a.attnum
LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum]  -- @>=18
LEFT JOIN pg_description nnd ON nnd.objoid = nn.oid AND nnd.classoid = 'pg_constraint'::regclass  -- @>=18
LEFT JOIN pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
WHERE r.kind IN ('table', 'foreign table')
ORDER BY a.attrelid, a.attnum
