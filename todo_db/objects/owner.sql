-- Owners. That of a serial column's sequence is that of its table; that of public is initdb's; that what is
-- made on scratch belongs to the role that made it says nothing.
SELECT o.of, json_build_array(o.parts, o.suffix) AS "name.called",
       r.rolname AS role, o.word || ' ' || o.named AS target
FROM owned o
JOIN pg_roles r ON r.oid = o.owner
WHERE NOT o.follows
  AND NOT (coalesce(current_setting('todo_db.scratch', true), '') = 'on' AND r.rolname = session_user)
  AND (o.class::oid, o.id) NOT IN (SELECT m.classid, m.objid FROM member m)
