-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE EXTENSION btree_gist;
CREATE TABLE t (a integer NOT NULL, b integer NOT NULL, r int4range NOT NULL, CONSTRAINT k UNIQUE (a));
-- @fact comment
COMMENT ON CONSTRAINT k ON t IS 'x';
-- @fact columns
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (a, b);
-- @fact include
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (a) INCLUDE (b);
-- @fact deferrable
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (a) DEFERRABLE;
-- @fact deferred
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (a) DEFERRABLE INITIALLY DEFERRED;
-- @fact without_overlaps needs 18
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (a, r WITHOUT OVERLAPS);
-- @fact nulls_not_distinct needs 15
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a);
-- @fact options
ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (a) WITH (fillfactor = 70);
-- @fact tablespace
ALTER INDEX k SET TABLESPACE case_space;
-- @fact valid
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'k'::regclass;
