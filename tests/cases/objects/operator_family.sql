-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE OPERATOR FAMILY f USING btree;
-- @fact members
ALTER OPERATOR FAMILY f USING btree ADD OPERATOR 1 <(integer, integer), FUNCTION 1 btint4cmp(integer, integer);
-- @fact comment
COMMENT ON OPERATOR FAMILY f USING btree IS 'x';
