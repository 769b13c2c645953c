-- Views. What a view selects is told by PostgreSQL's deparser; its WITH CHECK OPTION is among the options.
SELECT r.oid AS "@pg_class", r.schema, r.name, d.description AS comment,
       rtrim(pg_get_viewdef(r.oid), '; ') AS definition,
       r.reloptions AS "options.sorted",
       cols.columns, cols.defaults AS column_defaults, cols.comments AS column_comments
FROM relation r
LEFT JOIN pg_description d ON d.objoid = r.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod),
                                              a.attcollation::bigint::text) ORDER BY a.attnum), '[]') AS columns,
           coalesce(json_agg(json_build_array(a.attname, pg_get_expr(ad.adbin, ad.adrelid)) ORDER BY a.attname)
                    FILTER (WHERE ad.oid IS NOT NULL), '[]') AS defaults,
           coalesce(json_agg(json_build_array(a.attname, cd.description) ORDER BY a.attname)
                    FILTER (WHERE cd.description IS NOT NULL), '[]') AS comments
    FROM pg_attribute a
    LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
    LEFT JOIN pg_description cd ON cd.objoid = r.oid AND cd.classoid = 'pg_class'::regclass
                               AND cd.objsubid = a.attnum
    WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
) cols
WHERE r.kind = 'view'
