-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE FOREIGN DATA WRAPPER w;
CREATE FOREIGN DATA WRAPPER v;
CREATE SERVER s VERSION '1' FOREIGN DATA WRAPPER w OPTIONS (host 'a');
-- @fact wrapper
DROP SERVER s;
CREATE SERVER s VERSION '1' FOREIGN DATA WRAPPER v OPTIONS (host 'a');
-- @fact type
DROP SERVER s;
CREATE SERVER s TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER w OPTIONS (host 'a');
-- @fact version
ALTER SERVER s VERSION '2';
-- @fact options
ALTER SERVER s OPTIONS (SET host 'b', ADD port '1');
-- @fact comment
COMMENT ON SERVER s IS 'x';
