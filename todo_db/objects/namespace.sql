-- Schemas, without those of an extension. The comment that initdb gives to public is no statement.
SELECT n.oid AS "@pg_namespace", n.schema AS name,
       CASE WHEN n.schema = 'public' AND t.description = 'standard public schema' THEN NULL
            ELSE t.description END AS comment
FROM scope n
LEFT JOIN pg_description t ON t.objoid = n.oid AND t.classoid = 'pg_namespace'::regclass AND t.objsubid = 0
WHERE n.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_namespace'::regclass)
