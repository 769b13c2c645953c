-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE SCHEMA other;
CREATE EXTENSION pg_trgm VERSION '1.5';
-- @fact schema
ALTER EXTENSION pg_trgm SET SCHEMA other;
-- @fact version oneway: there is no way back to an older version
ALTER EXTENSION pg_trgm UPDATE TO '1.6';
-- @fact comment
COMMENT ON EXTENSION pg_trgm IS 'x';
