-- How big the tables are, how busy, and who is there: read only, from statistics alone. One row per table.
SELECT n.nspname, c.relname,
       coalesce((SELECT sum(greatest(p.reltuples, coalesce(s.n_live_tup, 0)))
                   FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid
                   LEFT JOIN pg_stat_user_tables s ON s.relid = p.oid WHERE t.isleaf),
                greatest(c.reltuples, (SELECT s.n_live_tup FROM pg_stat_user_tables s WHERE s.relid = c.oid)), 0)::bigint,
       coalesce((SELECT sum(pg_total_relation_size(t.relid)) FROM pg_partition_tree(c.oid) t WHERE t.isleaf),
                pg_total_relation_size(c.oid))::bigint,
       coalesce((SELECT s.n_tup_ins + s.n_tup_upd + s.n_tup_del FROM pg_stat_user_tables s
                  WHERE s.relid = c.oid), 0)::bigint,
       (SELECT count(*) FROM pg_stat_activity a
         WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'),
       c.reltuples < 0
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm') AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
