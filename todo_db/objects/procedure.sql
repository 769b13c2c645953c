-- Procedures.
SELECT c.*
FROM routine_code c
JOIN pg_proc p ON p.oid = c."@pg_proc"
WHERE p.prokind = 'p'
