-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE SEQUENCE s AS integer;
CREATE TABLE t (a integer);
-- @fact type
ALTER SEQUENCE s AS bigint;
-- @fact start
ALTER SEQUENCE s START WITH 5;
-- @fact increment
ALTER SEQUENCE s INCREMENT BY 5;
-- @fact minimum
ALTER SEQUENCE s MINVALUE -5;
-- @fact maximum
ALTER SEQUENCE s MAXVALUE 500;
-- @fact cache
ALTER SEQUENCE s CACHE 5;
-- @fact cycle
ALTER SEQUENCE s CYCLE;
-- @fact owned_by
ALTER SEQUENCE s OWNED BY t.a;
-- @fact unlogged needs 15
ALTER SEQUENCE s SET UNLOGGED;
-- @fact comment
COMMENT ON SEQUENCE s IS 'x';
