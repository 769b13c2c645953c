-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE AGGREGATE g(integer) (sfunc = int4pl, stype = integer, initcond = '0');
CREATE FUNCTION collect(integer[], VARIADIC integer[]) RETURNS integer[] LANGUAGE sql AS 'SELECT $1 || $2';
CREATE AGGREGATE m(VARIADIC a integer[]) (sfunc = collect, stype = integer[]);
-- @fact comment
COMMENT ON AGGREGATE g(integer) IS 'x';
-- @fact arguments
DROP AGGREGATE m(VARIADIC integer[]);
CREATE AGGREGATE m(a integer[]) (sfunc = array_cat, stype = integer[]);
-- @fact clauses
DROP AGGREGATE g(integer);
CREATE AGGREGATE g(integer) (sfunc = int4pl, stype = integer, initcond = '1');
-- @fact clauses
DROP AGGREGATE g(integer);
CREATE AGGREGATE g(integer) (
    sfunc = int4pl, stype = integer, initcond = '0', combinefunc = int4pl, parallel = safe, sspace = 8,
    finalfunc = int4abs, finalfunc_modify = read_write, sortop = OPERATOR(pg_catalog.<),
    msfunc = int4pl, minvfunc = int4mi, mstype = integer, minitcond = '0');
