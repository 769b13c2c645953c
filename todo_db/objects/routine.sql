-- What functions and procedures have in common. A body in SQL's own syntax (RETURN, BEGIN ATOMIC) is deparsed,
-- any other is text.
-- @cte routine_code
routine_code AS NOT MATERIALIZED (
    SELECT p.oid AS "@pg_proc", n.schema, p.proname AS name, d.description AS comment,
           oidvectortypes(p.proargtypes) AS signature,
           pg_get_function_arguments(p.oid) AS arguments,
           l.lanname AS language,
           CASE WHEN p.prosqlbody IS NULL THEN p.prosrc ELSE '' END AS body,
           pg_get_function_sqlbody(p.oid) AS sql_body,
           p.probin AS library,
           p.prosecdef AS security_definer,
           p.proconfig AS "config.sorted",
           ARRAY(SELECT format_type(x, NULL) FROM unnest(p.protrftypes) x) AS "transforms.sorted",
           pg_get_functiondef(p.oid) AS definition
    FROM pg_proc p
    JOIN scope n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass
    WHERE p.oid >= %(first_oid)s AND p.prokind <> 'a'
      AND p.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_proc'::regclass)
)
