-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer, b integer);
CREATE STATISTICS s (dependencies) ON a, b FROM t;
-- @fact definition
DROP STATISTICS s;
CREATE STATISTICS s (dependencies, ndistinct) ON a, b FROM t;
-- @fact target
ALTER STATISTICS s SET STATISTICS 500;
-- @fact comment
COMMENT ON STATISTICS s IS 'x';
