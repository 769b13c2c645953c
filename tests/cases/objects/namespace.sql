-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE SCHEMA s;
-- @fact comment
COMMENT ON SCHEMA s IS 'x';
