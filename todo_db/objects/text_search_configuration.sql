-- Text search configurations.
SELECT c.oid AS "@pg_ts_config", n.schema, c.cfgname AS name, d.description AS comment,
       CASE WHEN pn.nspname = 'pg_catalog' THEN '' ELSE quote_ident(pn.nspname) || '.' END
           || quote_ident(p.prsname) AS parser,
       coalesce((
           SELECT json_agg(json_build_array(x.token, x.dictionaries) ORDER BY x.token COLLATE "C")
           FROM (SELECT quote_ident(tt.alias) AS token,
                        string_agg(CASE WHEN dn.nspname = 'pg_catalog' THEN '' ELSE quote_ident(dn.nspname) || '.' END
                                   || quote_ident(td.dictname), ', ' ORDER BY m.mapseqno) AS dictionaries
                 FROM pg_ts_config_map m
                 JOIN ts_token_type(c.cfgparser) tt ON tt.tokid = m.maptokentype
                 JOIN pg_ts_dict td ON td.oid = m.mapdict
                 JOIN pg_namespace dn ON dn.oid = td.dictnamespace
                 WHERE m.mapcfg = c.oid
                 GROUP BY tt.alias) x), '[]') AS mappings
FROM pg_ts_config c
JOIN scope n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace pn ON pn.oid = p.prsnamespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_ts_config'::regclass
WHERE c.oid >= %(first_oid)s
  AND c.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_ts_config'::regclass)
