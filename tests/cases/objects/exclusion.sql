-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer, r int4range, CONSTRAINT k EXCLUDE USING gist (r WITH &&));
-- @fact comment
COMMENT ON CONSTRAINT k ON t IS 'x';
-- @fact definition
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k EXCLUDE USING gist (r WITH -|-) WHERE (a > 1);
-- @fact tablespace
ALTER INDEX k SET TABLESPACE case_space;
-- @fact valid
UPDATE pg_index SET indisready = false WHERE indexrelid = 'k'::regclass;
