-- Operators. A shell, which another operator's COMMUTATOR left behind, has no function and is none yet.
SELECT o.oid AS "@pg_operator", n.schema, o.oprname AS name, d.description AS comment,
       coalesce(format_type(nullif(o.oprleft, 0), NULL), 'NONE') AS left,
       format_type(o.oprright, NULL) AS right,
       o.oprcode::regproc::text AS function,
       'OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')' AS commutator,
       'OPERATOR(' || quote_ident(gn.nspname) || '.' || g.oprname || ')' AS negator,
       CASE WHEN o.oprrest <> 0 THEN o.oprrest::regproc::text END AS restrict,
       CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::regproc::text END AS join,
       o.oprcanhash AS hashes, o.oprcanmerge AS merges
FROM pg_operator o
JOIN scope n ON n.oid = o.oprnamespace
LEFT JOIN pg_operator c ON c.oid = o.oprcom
LEFT JOIN pg_namespace cn ON cn.oid = c.oprnamespace
LEFT JOIN pg_operator g ON g.oid = o.oprnegate
LEFT JOIN pg_namespace gn ON gn.oid = g.oprnamespace
LEFT JOIN pg_description d ON d.objoid = o.oid AND d.classoid = 'pg_operator'::regclass
WHERE o.oid >= %(first_oid)s AND o.oprcode <> 0
  AND o.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_operator'::regclass)
