-- Enum types with their labels in order; enumsortorder itself may have gaps and fractions.
SELECT t.oid AS "@pg_type", n.schema, t.typname AS name, d.description AS comment,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
FROM pg_type t
JOIN scope n ON n.oid = t.typnamespace
LEFT JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_type'::regclass
WHERE t.oid >= %(first_oid)s AND t.typtype = 'e'
  AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_type'::regclass)
