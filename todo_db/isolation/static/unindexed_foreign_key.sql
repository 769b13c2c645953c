-- Deleting or changing a referenced row reads the whole referring table where no index leads with the key's columns.
SELECT 'foreign key', n.nspname, c.relname || '.' || k.conname,
       'has no index that leads with its columns',
       format('CREATE INDEX CONCURRENTLY ON %I.%I (%s)', n.nspname, c.relname,
              (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY x.i)
                 FROM unnest(k.conkey) WITH ORDINALITY x(n, i)
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.n))
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype = 'f' AND k.conparentid = 0
   AND NOT EXISTS (SELECT FROM pg_index i
                    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL
                      AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
