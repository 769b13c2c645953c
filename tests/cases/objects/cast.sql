-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TYPE e AS ENUM ('a');
CREATE FUNCTION f(e) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION g(e) RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE CAST (e AS integer) WITH FUNCTION f(e);
-- @fact function
DROP CAST (e AS integer);
CREATE CAST (e AS integer) WITH FUNCTION g(e);
-- @fact method
DROP CAST (e AS integer);
CREATE CAST (e AS integer) WITH INOUT;
-- @fact context
DROP CAST (e AS integer);
CREATE CAST (e AS integer) WITH FUNCTION f(e) AS IMPLICIT;
-- @fact comment
COMMENT ON CAST (e AS integer) IS 'x';
