-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE SERVER s2 FOREIGN DATA WRAPPER w;
CREATE TABLE p (a integer) PARTITION BY LIST (a);
CREATE TABLE base (a integer);
CREATE FOREIGN TABLE f (a integer) SERVER s OPTIONS (x 'y');
CREATE FOREIGN TABLE g PARTITION OF p FOR VALUES IN (1) SERVER s;
-- @fact server
DROP FOREIGN TABLE f;
CREATE FOREIGN TABLE f (a integer) SERVER s2 OPTIONS (x 'y');
-- @fact options
ALTER FOREIGN TABLE f OPTIONS (SET x 'z', ADD y 'x');
-- @fact partition_of
ALTER TABLE p DETACH PARTITION g;
-- @fact partition_bound
ALTER TABLE p DETACH PARTITION g;
ALTER TABLE p ATTACH PARTITION g FOR VALUES IN (2);
-- @fact detaching
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'g'::regclass;
-- @fact inherits
ALTER FOREIGN TABLE f INHERIT base;
-- @fact comment
COMMENT ON FOREIGN TABLE f IS 'x';
