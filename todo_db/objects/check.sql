-- CHECK constraints of tables (those of domains are facts of the domain).
SELECT c.oid AS "@pg_constraint", r.schema, r.name AS "table", c.conname AS name, r.kind AS relation_kind,
       c.coninhcount > 0 AND NOT c.conislocal AS inherited,
       pg_get_expr(c.conbin, c.conrelid) AS expression,
       c.connoinherit AS no_inherit,
       c.convalidated AS valid,  -- @<18
       c.convalidated OR NOT c.conenforced AS valid,  -- @>=18
       c.conenforced AS enforced,  -- @>=18
       d.description AS comment
FROM pg_constraint c
JOIN relation r ON r.oid = c.conrelid
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass
WHERE c.oid >= %(first_oid)s AND c.contype = 'c'
