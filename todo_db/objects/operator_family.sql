-- Operator families that are no extension's. One that CREATE OPERATOR CLASS made along with a class of
-- its name goes with that class unless something lies loose in it.
SELECT f.oid AS "@pg_opfamily", n.schema, f.opfname AS name, am.amname AS method, d.description AS comment,
       ARRAY(
           SELECT 'OPERATOR ' || o.amopstrategy || ' ' || o.amopopr::regoperator::text
                  || CASE WHEN o.amoppurpose = 'o' THEN ' FOR ORDER BY ' || quote_ident(sn.nspname) || '.' || quote_ident(sf.opfname) ELSE '' END
           FROM pg_amop o
           LEFT JOIN pg_opfamily sf ON sf.oid = o.amopsortfamily
           LEFT JOIN pg_namespace sn ON sn.oid = sf.opfnamespace
           WHERE o.amopfamily = f.oid AND NOT EXISTS (
               SELECT FROM pg_depend x WHERE x.classid = 'pg_amop'::regclass AND x.objid = o.oid
                                         AND x.refclassid = 'pg_opclass'::regclass)
           UNION ALL
           SELECT 'FUNCTION ' || p.amprocnum || ' (' || format_type(p.amproclefttype, NULL) || ', '
                  || format_type(p.amprocrighttype, NULL) || ') ' || p.amproc::regprocedure::text
           FROM pg_amproc p
           WHERE p.amprocfamily = f.oid AND NOT EXISTS (
               SELECT FROM pg_depend x WHERE x.classid = 'pg_amproc'::regclass AND x.objid = p.oid
                                         AND x.refclassid = 'pg_opclass'::regclass)
       ) AS "members.sorted"
FROM pg_opfamily f
JOIN scope n ON n.oid = f.opfnamespace
JOIN pg_am am ON am.oid = f.opfmethod
LEFT JOIN pg_description d ON d.objoid = f.oid AND d.classoid = 'pg_opfamily'::regclass
WHERE f.oid >= %(first_oid)s
  AND f.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_opfamily'::regclass)
