-- Operator classes that are no extension's.
SELECT c.oid AS "@pg_opclass", n.schema, c.opcname AS name, am.amname AS method, d.description AS comment,
       format_type(c.opcintype, NULL) AS type,
       quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) AS family,
       c.opcdefault AS default,
       CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END AS storage,
       ARRAY(
           SELECT 'OPERATOR ' || o.amopstrategy || ' ' || o.amopopr::regoperator::text
                  || CASE WHEN o.amoppurpose = 'o' THEN ' FOR ORDER BY ' || quote_ident(sn.nspname) || '.' || quote_ident(sf.opfname) ELSE '' END
           FROM pg_depend x
           JOIN pg_amop o ON o.oid = x.objid
           LEFT JOIN pg_opfamily sf ON sf.oid = o.amopsortfamily
           LEFT JOIN pg_namespace sn ON sn.oid = sf.opfnamespace
           WHERE x.refclassid = 'pg_opclass'::regclass AND x.refobjid = c.oid AND x.classid = 'pg_amop'::regclass
           UNION ALL
           SELECT 'FUNCTION ' || p.amprocnum || ' (' || format_type(p.amproclefttype, NULL) || ', '
                  || format_type(p.amprocrighttype, NULL) || ') ' || p.amproc::regprocedure::text
           FROM pg_depend x
           JOIN pg_amproc p ON p.oid = x.objid
           WHERE x.refclassid = 'pg_opclass'::regclass AND x.refobjid = c.oid AND x.classid = 'pg_amproc'::regclass
       ) AS "members.sorted"
FROM pg_opclass c
JOIN scope n ON n.oid = c.opcnamespace
JOIN pg_am am ON am.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_opclass'::regclass
WHERE c.oid >= %(first_oid)s
  AND c.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_opclass'::regclass)
