-- Sequences, without those of identity columns, which are part of the column. Where a sequence
-- stands (last_value) is data. An owner is a dependency of type 'a'.
SELECT c.oid AS "@pg_class", n.schema, c.relname AS name, d.description AS comment,
       format_type(s.seqtypid, NULL) AS type,
       s.seqstart AS start, s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
       s.seqcache AS cache, s.seqcycle AS cycle,
       c.relpersistence = 'u' AS unlogged,
       (SELECT ARRAY[tn.nspname, t.relname, a.attname]::text[]
        FROM pg_depend o
        JOIN pg_class t ON t.oid = o.refobjid
        JOIN pg_namespace tn ON tn.oid = t.relnamespace
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.refobjsubid
        WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.deptype = 'a'
          AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0) AS "owned_by.display"
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN scope n ON n.oid = c.relnamespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
WHERE c.oid >= %(first_oid)s AND c.relpersistence <> 't'
  AND c.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_class'::regclass)
  AND NOT EXISTS (SELECT FROM pg_depend i
                  WHERE i.classid = 'pg_class'::regclass AND i.objid = c.oid AND i.deptype = 'i')
