-- Exclusion constraints.
SELECT c.oid AS "@pg_constraint", c.conindid AS "@pg_class",
       r.schema, r.name AS "table", c.conname AS name, r.kind AS relation_kind,
       c.coninhcount > 0 AND NOT c.conislocal AS inherited,
       pg_get_constraintdef(c.oid) AS definition,
       ts.spcname AS tablespace,
       i.indisvalid AND i.indisready AND i.indislive AS valid,
       d.description AS comment
FROM pg_constraint c
JOIN relation r ON r.oid = c.conrelid
JOIN pg_index i ON i.indexrelid = c.conindid
JOIN pg_class x ON x.oid = c.conindid
LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass
WHERE c.oid >= %(first_oid)s AND c.contype = 'x'
