-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE t (a integer, b text);
CREATE MATERIALIZED VIEW v AS SELECT a, b FROM t;
CREATE INDEX i ON v (a);
-- @fact definition
DROP MATERIALIZED VIEW v;
CREATE MATERIALIZED VIEW v AS SELECT a, b FROM t WHERE a > 1;
CREATE INDEX i ON v (a);
-- @fact populated oneway: it is compared only where asked for
REFRESH MATERIALIZED VIEW v WITH NO DATA;
-- @fact options
ALTER MATERIALIZED VIEW v SET (fillfactor = 70);
-- @fact access_method needs 15
ALTER MATERIALIZED VIEW v SET ACCESS METHOD heap2;
-- @fact tablespace
ALTER MATERIALIZED VIEW v SET TABLESPACE case_space;
-- @fact clustered_on
ALTER MATERIALIZED VIEW v CLUSTER ON i;
-- @fact column_comments
COMMENT ON COLUMN v.a IS 'x';
-- @fact comment
COMMENT ON MATERIALIZED VIEW v IS 'x';
