-- What lies in scope and is of a kind that no query asks for: a newer server's, or one too rare to compare.
SELECT quote_ident(n.schema) || '.' || quote_ident(c.relname) AS name,
       'relation of the unknown kind ' || c.relkind::text AS reason
FROM pg_class c
JOIN scope n ON n.oid = c.relnamespace
WHERE c.oid >= %(first_oid)s AND c.relkind NOT IN ('r', 'p', 'v', 'm', 'f', 'c', 'S', 'i', 'I', 't')
UNION ALL
SELECT quote_ident(n.schema) || '.' || quote_ident(t.typname), 'type of the unknown kind ' || t.typtype::text
FROM pg_type t
JOIN scope n ON n.oid = t.typnamespace
WHERE t.oid >= %(first_oid)s AND t.typtype NOT IN ('b', 'c', 'd', 'e', 'm', 'p', 'r')
UNION ALL
SELECT quote_ident(r.schema) || '.' || quote_ident(r.name) || '.' || quote_ident(c.conname),
       'constraint of the unknown kind ' || c.contype::text
FROM pg_constraint c
JOIN relation r ON r.oid = c.conrelid
WHERE c.oid >= %(first_oid)s AND c.contype NOT IN ('p', 'u', 'f', 'c', 'x', 't', 'n')
UNION ALL
SELECT p.oid::regprocedure::text, 'routine of the unknown kind ' || p.prokind::text
FROM pg_proc p
JOIN scope n ON n.oid = p.pronamespace
WHERE p.oid >= %(first_oid)s AND p.prokind NOT IN ('f', 'p', 'a', 'w')
UNION ALL
SELECT quote_ident(r.schema) || '.' || quote_ident(r.name) || '.' || quote_ident(a.attname),
       'column generated or numbered in an unknown way'
FROM pg_attribute a
JOIN relation r ON r.oid = a.attrelid
WHERE a.attnum > 0 AND NOT a.attisdropped
  AND (a.attgenerated NOT IN ('', 's', 'v') OR a.attidentity NOT IN ('', 'a', 'd'))
UNION ALL
SELECT quote_ident(n.schema) || '.' || quote_ident(t.typname), 'base type, written in C; its functions are compared, it is not'
FROM pg_type t
JOIN scope n ON n.oid = t.typnamespace
WHERE t.oid >= %(first_oid)s AND t.typtype = 'b' AND t.typelem = 0 AND NOT t.oid = ANY (SELECT a.typarray FROM pg_type a)
  AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_type'::regclass)
UNION ALL
SELECT quote_ident(l.lanname), 'procedural language, which is not compared'
FROM pg_language l
WHERE l.oid >= %(first_oid)s AND l.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_language'::regclass)
UNION ALL
SELECT quote_ident(a.amname), 'access method, which is not compared'
FROM pg_am a
WHERE a.oid >= %(first_oid)s AND a.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_am'::regclass)
UNION ALL
SELECT quote_ident(n.schema) || '.' || quote_ident(c.conname), 'conversion, which is not compared'
FROM pg_conversion c
JOIN scope n ON n.oid = c.connamespace
WHERE c.oid >= %(first_oid)s AND c.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_conversion'::regclass)
UNION ALL
SELECT format_type(t.trftype, NULL) || ' in ' || quote_ident(l.lanname), 'transform, which is not compared'
FROM pg_transform t
JOIN pg_language l ON l.oid = t.trflang
WHERE t.oid >= %(first_oid)s AND t.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_transform'::regclass)
UNION ALL
SELECT quote_ident(s.subname), 'subscription, which is not compared'
FROM pg_subscription s
JOIN pg_database b ON b.oid = s.subdbid AND b.datname = current_database()
