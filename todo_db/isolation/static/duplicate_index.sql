-- Two indexes that are the same but for their names: each write keeps both up.
SELECT 'index', n.nspname, min(i.relname), 'is the same as ' || string_agg(quote_ident(i.relname), ', ' ORDER BY i.relname)
       FILTER (WHERE i.relname <> first.relname),
       'drop all but one'
  FROM (SELECT x.indexrelid, x.indrelid,
               min(c.relname) OVER same AS relname,
               regexp_replace(pg_get_indexdef(x.indexrelid), '^CREATE (UNIQUE )?INDEX \S+ ON', '\1') AS definition
          FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
        WINDOW same AS (PARTITION BY x.indrelid,
                        regexp_replace(pg_get_indexdef(x.indexrelid), '^CREATE (UNIQUE )?INDEX \S+ ON', '\1'))) first
  JOIN pg_class i ON i.oid = first.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace
 GROUP BY n.nspname, first.indrelid, first.definition
HAVING count(*) > 1
