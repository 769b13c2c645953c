-- Functions.
SELECT c.*,
       pg_get_function_result(p.oid) AS returns,
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
       p.proisstrict AS strict, p.proleakproof AS leakproof,
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END AS parallel,
       p.procost AS cost, p.prorows AS rows, p.prokind = 'w' AS window,
       CASE WHEN p.prosupport <> 0 THEN p.prosupport::regproc::text END AS support
FROM routine_code c
JOIN pg_proc p ON p.oid = c."@pg_proc"
WHERE p.prokind IN ('f', 'w')
  AND NOT EXISTS (SELECT FROM pg_depend i  -- a range type's constructors
                  WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
