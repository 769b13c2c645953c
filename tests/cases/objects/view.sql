-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer, b text);
CREATE VIEW v AS SELECT a, b FROM t;
-- @fact definition
CREATE OR REPLACE VIEW v AS SELECT a, b FROM t WHERE a > 1;
-- @fact definition
CREATE OR REPLACE VIEW v AS SELECT a, b, a + 1 AS c FROM t;
-- @fact options
ALTER VIEW v SET (security_barrier = true);
-- @fact options
CREATE OR REPLACE VIEW v AS SELECT a, b FROM t WITH LOCAL CHECK OPTION;
-- @fact column_defaults
ALTER VIEW v ALTER a SET DEFAULT 1;
-- @fact column_comments
COMMENT ON COLUMN v.a IS 'x';
-- @fact comment
COMMENT ON VIEW v IS 'x';
