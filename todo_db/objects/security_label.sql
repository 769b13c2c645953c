-- Security labels of objects in this database.
SELECT i.type AS of, i.identity AS name, l.provider, l.label
FROM pg_seclabel l
CROSS JOIN LATERAL pg_identify_object(l.classoid, l.objoid, l.objsubid) i
WHERE (i.schema IS NULL OR i.schema IN (SELECT n.schema FROM scope n))
  AND (l.classoid, l.objoid) NOT IN (SELECT m.classid, m.objid FROM member m)
