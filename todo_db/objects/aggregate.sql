-- Aggregates, clause by clause as CREATE AGGREGATE takes them; what has its default value is not there.
SELECT p.oid AS "@pg_proc", n.schema, p.proname AS name, d.description AS comment,
       oidvectortypes(p.proargtypes) AS signature,
       pg_get_function_arguments(p.oid) AS arguments,
       array_remove(ARRAY[
           'sfunc = ' || a.aggtransfn::regproc::text,
           'stype = ' || format_type(a.aggtranstype, NULL),
           CASE WHEN a.aggtransspace <> 0 THEN 'sspace = ' || a.aggtransspace END,
           CASE WHEN a.aggfinalfn <> 0 THEN 'finalfunc = ' || a.aggfinalfn::regproc::text END,
           CASE WHEN a.aggfinalextra THEN 'finalfunc_extra' END,
           CASE WHEN a.aggfinalmodify <> CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END::"char" THEN 'finalfunc_modify = '
               || CASE a.aggfinalmodify WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable' ELSE 'read_write' END END,
           CASE WHEN a.aggcombinefn <> 0 THEN 'combinefunc = ' || a.aggcombinefn::regproc::text END,
           CASE WHEN a.aggserialfn <> 0 THEN 'serialfunc = ' || a.aggserialfn::regproc::text END,
           CASE WHEN a.aggdeserialfn <> 0 THEN 'deserialfunc = ' || a.aggdeserialfn::regproc::text END,
           'initcond = ' || quote_literal(a.agginitval),
           CASE WHEN a.aggmtransfn <> 0 THEN 'msfunc = ' || a.aggmtransfn::regproc::text END,
           CASE WHEN a.aggminvtransfn <> 0 THEN 'minvfunc = ' || a.aggminvtransfn::regproc::text END,
           CASE WHEN a.aggmtranstype <> 0 THEN 'mstype = ' || format_type(a.aggmtranstype, NULL) END,
           CASE WHEN a.aggmtransspace <> 0 THEN 'msspace = ' || a.aggmtransspace END,
           CASE WHEN a.aggmfinalfn <> 0 THEN 'mfinalfunc = ' || a.aggmfinalfn::regproc::text END,
           CASE WHEN a.aggmfinalextra THEN 'mfinalfunc_extra' END,
           CASE WHEN a.aggmtransfn <> 0 AND a.aggmfinalmodify <> CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END::"char"
               THEN 'mfinalfunc_modify = '
               || CASE a.aggmfinalmodify WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable' ELSE 'read_write' END END,
           'minitcond = ' || quote_literal(a.aggminitval),
           CASE WHEN a.aggsortop <> 0 THEN 'sortop = OPERATOR(' || quote_ident(sn.nspname) || '.' || so.oprname || ')' END,
           CASE p.proparallel WHEN 's' THEN 'parallel = safe' WHEN 'r' THEN 'parallel = restricted' END,
           CASE WHEN a.aggkind = 'h' THEN 'hypothetical' END
       ], NULL) AS clauses
FROM pg_aggregate a
JOIN pg_proc p ON p.oid = a.aggfnoid
JOIN scope n ON n.oid = p.pronamespace
LEFT JOIN pg_operator so ON so.oid = a.aggsortop
LEFT JOIN pg_namespace sn ON sn.oid = so.oprnamespace
LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass
WHERE p.oid >= %(first_oid)s
  AND p.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_proc'::regclass)
