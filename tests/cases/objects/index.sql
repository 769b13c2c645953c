-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer, b text, c integer);
CREATE INDEX i ON t (a, lower(b));
CREATE INDEX u ON t (c);
CREATE TABLE p (a integer) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF p FOR VALUES IN (1);
CREATE INDEX whole ON ONLY p (a);
CREATE INDEX piece ON part (a);
-- @fact columns
DROP INDEX i;
CREATE INDEX i ON t (a, upper(b));
-- @fact unique
DROP INDEX u;
CREATE UNIQUE INDEX u ON t (c);
-- @fact method
DROP INDEX u;
CREATE INDEX u ON t USING hash (c);
-- @fact orders
DROP INDEX u;
CREATE INDEX u ON t (c DESC NULLS LAST);
-- @fact opclasses
DROP INDEX i;
CREATE INDEX i ON t (a, lower(b) text_pattern_ops);
-- @fact collations
DROP INDEX i;
CREATE INDEX i ON t (a, lower(b) COLLATE "C");
-- @fact include
DROP INDEX u;
CREATE INDEX u ON t (c) INCLUDE (a);
-- @fact predicate
DROP INDEX u;
CREATE INDEX u ON t (c) WHERE c > 1;
-- @fact nulls_not_distinct needs 15
DROP INDEX u;
CREATE UNIQUE INDEX u ON t (c) NULLS NOT DISTINCT;
-- @fact options
ALTER INDEX u SET (fillfactor = 70);
-- @fact tablespace
ALTER INDEX u SET TABLESPACE case_space;
-- @fact valid
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'u'::regclass;
-- @fact attached_to oneway: an index cannot be detached
ALTER INDEX whole ATTACH PARTITION piece;
-- @fact statistics
ALTER INDEX i ALTER COLUMN 2 SET STATISTICS 500;
-- @fact comment
COMMENT ON INDEX u IS 'x';
