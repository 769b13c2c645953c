-- Collations that users made. The version of the library behind one (collversion) is no fact of ours.
SELECT c.oid AS "@pg_collation", n.schema, c.collname AS name, d.description AS comment,
       CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
       CASE WHEN c.collprovider = 'i' THEN c.collcollate END AS locale,  -- @<15
       c.colliculocale AS locale,  -- @>=15 @<17
       c.colllocale AS locale,  -- @>=17
       CASE WHEN c.collprovider = 'c' THEN c.collcollate END AS collate,
       CASE WHEN c.collprovider = 'c' THEN c.collctype END AS ctype,
       c.collisdeterministic AS deterministic,
       c.collicurules AS rules  -- @>=16
       NULL AS rules  -- @<16
FROM pg_collation c
JOIN scope n ON n.oid = c.collnamespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_collation'::regclass
WHERE c.oid >= %(first_oid)s
  AND c.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_collation'::regclass)
