-- Exclusion constraints.
SELECT k."@pg_constraint", k."@pg_class", k.schema, k."table", k.name, k.relation_kind, k.inherited,
       pg_get_constraintdef(k."@pg_constraint") AS definition, k.tablespace, k.valid, k.comment
FROM keyed k
WHERE k."@contype" = 'x'
