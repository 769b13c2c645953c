-- Event triggers; they lie in no schema.
SELECT e.oid AS "@pg_event_trigger", e.evtname AS name, e.evtevent AS event,
       e.evtfoid::regproc::text AS function, e.evttags AS "tags.sorted",
       CASE e.evtenabled WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled'
                         WHEN 'R' THEN 'replica' ELSE 'always' END AS enabled,
       d.description AS comment
FROM pg_event_trigger e
LEFT JOIN pg_description d ON d.objoid = e.oid AND d.classoid = 'pg_event_trigger'::regclass
WHERE e.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_event_trigger'::regclass)
  AND e.evtowner NOT IN (SELECT x.oid FROM stranger x)
