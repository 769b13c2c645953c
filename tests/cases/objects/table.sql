-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TYPE shape AS (a integer, b text);
CREATE TABLE t (a integer, b text);
CREATE INDEX i ON t (a);
CREATE TABLE p (a integer, b text) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF p FOR VALUES IN (1);
CREATE TABLE base (a integer, b text);
-- @fact comment
COMMENT ON TABLE t IS 'x';
-- @fact unlogged
ALTER TABLE t SET UNLOGGED;
-- @fact row_security
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
-- @fact force_row_security
ALTER TABLE t FORCE ROW LEVEL SECURITY;
-- @fact partition_key oneway: a partition key cannot be changed
DROP TABLE p;
CREATE TABLE p (a integer, b text) PARTITION BY LIST (b);
-- @fact partition_of
ALTER TABLE p ATTACH PARTITION t FOR VALUES IN (2);
-- @fact partition_of
ALTER TABLE p DETACH PARTITION part;
-- @fact partition_bound
ALTER TABLE p DETACH PARTITION part;
ALTER TABLE p ATTACH PARTITION part FOR VALUES IN (1, 3);
-- @fact detaching
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'part'::regclass;
-- @fact inherits
ALTER TABLE t INHERIT base;
-- @fact of_type
ALTER TABLE t OF shape;
-- @fact access_method needs 15 oneway: the rewrite of a whole table is left to people
ALTER TABLE t SET ACCESS METHOD heap2;
-- @fact tablespace
ALTER TABLE t SET TABLESPACE case_space;
-- @fact options
ALTER TABLE t SET (fillfactor = 70);
-- @fact toast_options
ALTER TABLE t SET (toast.autovacuum_enabled = false);
-- @fact replica_identity
ALTER TABLE t REPLICA IDENTITY FULL;
-- @fact clustered_on
ALTER TABLE t CLUSTER ON i;
