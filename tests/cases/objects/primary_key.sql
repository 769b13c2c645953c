-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE EXTENSION btree_gist;
CREATE TABLE t (a integer NOT NULL, b integer NOT NULL, r int4range NOT NULL, CONSTRAINT k PRIMARY KEY (a));
-- @fact comment
COMMENT ON CONSTRAINT k ON t IS 'x';
-- @fact columns
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k PRIMARY KEY (a, b);
-- @fact include
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k PRIMARY KEY (a) INCLUDE (b);
-- @fact deferrable
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k PRIMARY KEY (a) DEFERRABLE;
-- @fact deferred
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k PRIMARY KEY (a) DEFERRABLE INITIALLY DEFERRED;
-- @fact without_overlaps needs 18
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k PRIMARY KEY (a, r WITHOUT OVERLAPS);
-- @fact options
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k PRIMARY KEY (a) WITH (fillfactor = 70);
-- @fact tablespace
ALTER INDEX k SET TABLESPACE case_space;
-- @fact valid
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'k'::regclass;
