-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer PRIMARY KEY, b integer);
CREATE TABLE u (a integer PRIMARY KEY, b integer);
CREATE SCHEMA s;
CREATE PUBLICATION p FOR TABLE t WITH (publish = 'insert, update');
-- @fact all_tables
DROP PUBLICATION p;
CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert, update');
-- @fact tables
ALTER PUBLICATION p ADD TABLE u;
-- @fact tables needs 15
ALTER PUBLICATION p SET TABLE t (a) WHERE (a > 1);
-- @fact schemas needs 15
ALTER PUBLICATION p ADD TABLES IN SCHEMA s;
-- @fact operations
ALTER PUBLICATION p SET (publish = 'insert, delete');
-- @fact via_root
ALTER PUBLICATION p SET (publish_via_partition_root = true);
-- @fact generated_columns needs 18
ALTER PUBLICATION p SET (publish_generated_columns = stored);
-- @fact comment
COMMENT ON PUBLICATION p IS 'x';
