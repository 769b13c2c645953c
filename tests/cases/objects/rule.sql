-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer);
CREATE RULE r AS ON INSERT TO t DO ALSO SELECT 1;
-- @fact definition
CREATE OR REPLACE RULE r AS ON INSERT TO t DO INSTEAD NOTHING;
-- @fact enabled
ALTER TABLE t DISABLE RULE r;
-- @fact comment
COMMENT ON RULE r ON t IS 'x';
