-- Casts that came after initdb (its objects have ids below 16384) and with no extension.
SELECT c.oid AS "@pg_cast", d.description AS comment,
       format_type(c.castsource, NULL) AS source, format_type(c.casttarget, NULL) AS target,
       CASE WHEN c.castfunc <> 0 THEN c.castfunc::regprocedure::text END AS function,
       CASE c.castmethod WHEN 'i' THEN 'inout' WHEN 'b' THEN 'binary' ELSE 'function' END AS method,
       CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END AS context
FROM pg_cast c
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_cast'::regclass
WHERE c.oid >= %(first_oid)s
  AND c.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_cast'::regclass)
  AND NOT EXISTS (SELECT FROM pg_depend i  -- a range type's cast to its multirange
                  WHERE i.classid = 'pg_cast'::regclass AND i.objid = c.oid AND i.deptype = 'i')
