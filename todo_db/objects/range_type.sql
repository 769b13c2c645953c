-- Range types. The operator class counts where it is not the subtype's default.
SELECT t.oid AS "@pg_type", n.schema, t.typname AS name, d.description AS comment,
       format_type(g.rngsubtype, NULL) AS subtype,
       CASE WHEN NOT oc.opcdefault THEN quote_ident(ocn.nspname) || '.' || quote_ident(oc.opcname) END AS opclass,
       CASE WHEN g.rngcollation <> st.typcollation THEN
           CASE WHEN cn.nspname = 'pg_catalog' THEN quote_ident(co.collname)
                ELSE quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END
       END AS collation,
       CASE WHEN g.rngcanonical <> 0 THEN g.rngcanonical::regproc::text END AS canonical,
       CASE WHEN g.rngsubdiff <> 0 THEN g.rngsubdiff::regproc::text END AS subtype_diff,
       mt.typname AS multirange
FROM pg_range g
JOIN pg_type t ON t.oid = g.rngtypid
JOIN scope n ON n.oid = t.typnamespace
JOIN pg_type st ON st.oid = g.rngsubtype
JOIN pg_type mt ON mt.oid = g.rngmultitypid
JOIN pg_opclass oc ON oc.oid = g.rngsubopc
JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
LEFT JOIN pg_collation co ON co.oid = g.rngcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_type'::regclass
WHERE t.oid >= %(first_oid)s
  AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_type'::regclass)
