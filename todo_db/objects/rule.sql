-- Rewrite rules. The rule _RETURN of a view is the view.
SELECT w.oid AS "@pg_rewrite", r.schema, r.name AS "table", w.rulename AS name, r.kind AS relation_kind,
       pg_get_ruledef(w.oid) AS definition,
       CASE w.ev_enabled WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled'
                         WHEN 'R' THEN 'replica' ELSE 'always' END AS enabled,
       d.description AS comment
FROM pg_rewrite w
JOIN relation r ON r.oid = w.ev_class
LEFT JOIN pg_description d ON d.objoid = w.oid AND d.classoid = 'pg_rewrite'::regclass
WHERE w.oid >= %(first_oid)s AND w.rulename <> '_RETURN'
  AND w.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_rewrite'::regclass)
