-- Extended statistics, with their columns in the order of the names: that of the table's columns says nothing.
SELECT s.oid AS "@pg_statistic_ext", n.schema, s.stxname AS name, d.description AS comment,
       coalesce(replace(pg_get_statisticsobjdef(s.oid), ' ON ' || k.stored, ' ON ' || k.named),
                pg_get_statisticsobjdef(s.oid)) AS definition,
       CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget::int END AS target,
       r.schema AS table_schema, r.name AS "table", r.kind AS relation_kind
FROM pg_statistic_ext s
JOIN scope n ON n.oid = s.stxnamespace
JOIN relation r ON r.oid = s.stxrelid
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS stored,
           string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE "C") AS named
    FROM pg_attribute a WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys::int2[])
) k
LEFT JOIN pg_description d ON d.objoid = s.oid AND d.classoid = 'pg_statistic_ext'::regclass
WHERE s.oid >= %(first_oid)s
  AND s.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_statistic_ext'::regclass)
