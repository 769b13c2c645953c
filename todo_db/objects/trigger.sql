-- Triggers. The columns of UPDATE OF come in the order in which they were written, which means nothing.
-- A partition's copy of a trigger counts only where it is enabled in another way.
SELECT t.oid AS "@pg_trigger", r.schema, r.name AS "table", t.tgname AS name, r.kind AS relation_kind,
       t.tgparentid <> 0 AS inherited,
       CASE WHEN cardinality(t.tgattr::int2[]) > 1
            THEN replace(pg_get_triggerdef(t.oid), ' OF ' || cols.as_written || ' ', ' OF ' || cols.sorted || ' ')
            ELSE pg_get_triggerdef(t.oid) END AS definition,
       CASE t.tgenabled WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled'
                        WHEN 'R' THEN 'replica' ELSE 'always' END AS enabled,
       d.description AS comment
FROM pg_trigger t
JOIN relation r ON r.oid = t.tgrelid
LEFT JOIN pg_trigger up ON up.oid = t.tgparentid
LEFT JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_trigger'::regclass
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.pos) AS as_written,
           string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) AS sorted
    FROM unnest(t.tgattr::int2[]) WITH ORDINALITY k (num, pos)
    JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.num
) cols
WHERE t.oid >= %(first_oid)s AND NOT coalesce(up.tgisinternal, t.tgisinternal)
  AND (t.tgparentid = 0 OR up.tgenabled <> t.tgenabled)
  AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_trigger'::regclass)
