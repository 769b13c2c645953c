-- What the session's transaction holds, and what the relations look like that it locks: one JSON text.
-- @everything and @also are replaced: true for all relations, oids of relations to look at in any case.
WITH held AS (
    SELECT l.relation AS oid, array_agg(DISTINCT l.mode ORDER BY l.mode) AS modes
      FROM pg_locks l
     WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.relation >= 16384
       AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
     GROUP BY l.relation
),
begun AS (SELECT age(pg_current_xact_id_if_assigned()::xid) AS age),
looked AS (
    SELECT c.*, n.nspname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'i', 'I', 'S', 'f')
       AND left(n.nspname, 3) <> 'pg_'
       AND (@everything OR c.oid = ANY ('{@also}'::oid[])
            OR c.oid IN (SELECT h.oid FROM held h WHERE h.modes <> ARRAY['AccessShareLock'])
            OR age(c.xmin) <= (SELECT b.age FROM begun b)  -- GRANT changes a relation and locks it not
            OR c.oid IN (SELECT a.attrelid FROM pg_attribute a
                          WHERE a.attacl IS NOT NULL AND age(a.xmin) <= (SELECT b.age FROM begun b)))
),
types AS (
    SELECT t.oid, t.typtype, n.nspname, t.typname
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd')
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid
                                                   AND d.deptype = 'e')
)
SELECT json_build_object(
    'transaction', (SELECT virtualtransaction FROM pg_locks WHERE pid = pg_backend_pid() LIMIT 1),
    'settings', json_build_object(
        'lock_timeout', current_setting('lock_timeout'),
        'statement_timeout', current_setting('statement_timeout'),
        'search_path', current_setting('search_path')),
    'counting', current_setting('track_counts')::boolean,
    'locks', (SELECT json_object_agg(h.oid, h.modes) FROM held h),
    'counters', (SELECT json_object_agg(s.relid, json_build_array(
                            coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0), s.n_tup_ins, s.n_tup_upd, s.n_tup_del))
                   FROM pg_stat_xact_user_tables s
                  WHERE s.seq_scan > 0 OR s.idx_scan > 0 OR s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0),
    'relations', (SELECT json_object_agg(c.oid, json_build_object(
        'schema', c.nspname, 'name', c.relname, 'kind', c.relkind, 'file', c.relfilenode,
        'tablespace', c.reltablespace, 'persistence', c.relpersistence, 'replica', c.relreplident,
        'method', c.relam, 'owner', c.relowner,
        'acl', concat_ws(' ', c.relacl::text, (SELECT string_agg(a.attname || '=' || a.attacl::text, ' ' ORDER BY a.attnum)
                                                 FROM pg_attribute a
                                                WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL)),
        'security', json_build_array(c.relrowsecurity, c.relforcerowsecurity),
        'size', CASE WHEN c.relkind IN ('r', 'm', 'i') THEN pg_relation_size(c.oid) ELSE 0 END,
        'parents', (SELECT json_agg(h.inhparent::bigint) FROM pg_inherits h
                     WHERE h.inhrelid = c.oid AND NOT h.inhdetachpending),
        'partition', c.relispartition, 'bounds', pg_get_partition_constraintdef(c.oid),
        'populated', c.relispopulated,
        'columns', (SELECT json_agg(json_build_object(
                        'number', a.attnum, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                        'required', a.attnotnull, 'identity', a.attidentity, 'generated', a.attgenerated,
                        'default', pg_get_expr(f.adbin, f.adrelid), 'collation', a.attcollation,
                        'serial', (SELECT d.objid::regclass::text FROM pg_depend d
                                    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
                                      AND d.refobjsubid = a.attnum AND d.classid = 'pg_class'::regclass
                                      AND d.deptype IN ('a', 'i')
                                      AND (SELECT s.relkind FROM pg_class s WHERE s.oid = d.objid) = 'S' LIMIT 1))
                        ORDER BY a.attnum)
                      FROM pg_attribute a
                      LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
                     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                       AND c.relkind IN ('r', 'p', 'f', 'm', 'v')),
        'constraints', (SELECT json_agg(json_build_object(
                            'oid', k.oid, 'name', k.conname, 'kind', k.contype, 'valid', k.convalidated,
                            'definition', pg_get_constraintdef(k.oid), 'target', k.confrelid, 'index', k.conindid,
                            'inherited', k.coninhcount > 0 AND NOT k.conislocal,
                            'columns', (SELECT json_agg(a.attname ORDER BY o.place)
                                          FROM unnest(k.conkey) WITH ORDINALITY o (number, place)
                                          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = o.number))
                            ORDER BY k.oid)
                          FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')),
        'policies', (SELECT json_agg(json_build_array(p.polname, p.polcmd, p.polpermissive,
                            p.polroles::text, pg_get_expr(p.polqual, p.polrelid),
                            pg_get_expr(p.polwithcheck, p.polrelid)) ORDER BY p.polname)
                       FROM pg_policy p WHERE p.polrelid = c.oid),
        'index', (SELECT json_build_object(
                      'table', i.indrelid::bigint, 'unique', i.indisunique, 'primary', i.indisprimary,
                      'exclusion', i.indisexclusion,
                      'valid', i.indisvalid, 'keys', i.indnkeyatts, 'definition', pg_get_indexdef(c.oid),
                      'partial', i.indpred IS NOT NULL, 'expressions', i.indexprs IS NOT NULL,
                      'columns', (SELECT json_agg(a.attname ORDER BY o.place)
                                    FROM unnest(i.indkey::int2[]) WITH ORDINALITY o (number, place)
                                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = o.number
                                   WHERE o.place <= i.indnkeyatts))
                    FROM pg_index i WHERE i.indexrelid = c.oid))) FROM looked c),
    'enums', (SELECT json_object_agg(t.oid, json_build_object(
                  'schema', t.nspname, 'name', t.typname,
                  'labels', (SELECT json_agg(json_build_array(e.oid::bigint, e.enumlabel) ORDER BY e.enumsortorder)
                               FROM pg_enum e WHERE e.enumtypid = t.oid))) FROM types t WHERE t.typtype = 'e'),
    'domains', (SELECT json_object_agg(t.oid, json_build_object(
                    'schema', t.nspname, 'name', t.typname,
                    'constraints', (SELECT json_agg(json_build_array(k.oid::bigint,
                                                                     k.conname || ' ' || pg_get_constraintdef(k.oid))
                                                    ORDER BY k.conname)
                                      FROM pg_constraint k WHERE k.contypid = t.oid)))
                  FROM types t WHERE t.typtype = 'd'),
    'rights', (SELECT json_object_agg(r.of, r.acl) FROM (
                   SELECT 'schema ' || quote_ident(n.nspname), n.nspacl::text FROM pg_namespace n
                    WHERE left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
                   UNION ALL SELECT 'function ' || p.oid::regprocedure::text, p.proacl::text FROM pg_proc p
                    WHERE p.oid >= 16384
                   UNION ALL SELECT format('default privileges of %s on %s', d.defaclrole::regrole, d.defaclobjtype)
                                    || coalesce(' in ' || quote_ident(n.nspname), ''), d.defaclacl::text
                     FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace) r (of, acl)),
    'schemas', (SELECT json_object_agg(n.oid, n.nspname) FROM pg_namespace n
                 WHERE left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'),
    'extensions', (SELECT json_object_agg(x.oid, json_build_array(x.extname, x.extversion)) FROM pg_extension x),
    'functions', CASE WHEN @everything THEN
                     (SELECT json_object_agg(p.oid, json_build_array(n.nspname || '.' || p.proname, p.prosrc))
                        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                        JOIN pg_language l ON l.oid = p.prolang
                       WHERE p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
                         AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                                            AND d.objid = p.oid AND d.deptype = 'e')) END
)::text
