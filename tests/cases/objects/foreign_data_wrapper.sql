-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE FUNCTION v(text[], oid) RETURNS boolean LANGUAGE internal AS 'postgresql_fdw_validator';
CREATE FUNCTION h() RETURNS fdw_handler LANGUAGE c AS '$libdir/pg_trgm', 'show_trgm';
CREATE FOREIGN DATA WRAPPER w;
-- @fact handler
ALTER FOREIGN DATA WRAPPER w HANDLER h;
-- @fact validator
ALTER FOREIGN DATA WRAPPER w VALIDATOR v;
-- @fact options
ALTER FOREIGN DATA WRAPPER w OPTIONS (ADD a 'b');
-- @fact comment
COMMENT ON FOREIGN DATA WRAPPER w IS 'x';
