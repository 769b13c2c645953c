-- A SECURITY DEFINER function whose search_path is the caller's can be made to call what the caller put there.
SELECT 'function', n.nspname, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       'runs with its owner''s rights and the caller''s search_path',
       format('ALTER FUNCTION %s SET search_path = ''''', p.oid::regprocedure)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND NOT coalesce(array_to_string(p.proconfig, ',') ~ '(^|,)search_path=', false)
