-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer, CONSTRAINT k CHECK (a > 0));
-- @fact comment
COMMENT ON CONSTRAINT k ON t IS 'x';
-- @fact expression
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a >= 0);
-- @fact no_inherit
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0) NO INHERIT;
-- @fact valid
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0) NOT VALID;
-- @fact enforced needs 18
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (a > 0) NOT ENFORCED;
