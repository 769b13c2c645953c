-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer);
CREATE SEQUENCE q;
CREATE VIEW v AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
CREATE TYPE e AS ENUM ('a');
CREATE TYPE c AS (a integer);
CREATE DOMAIN d AS integer;
CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE g(integer) (sfunc = int4pl, stype = integer);
CREATE SCHEMA "S x";
CREATE COLLATION l (provider = libc, locale = 'C');
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq);
CREATE OPERATOR FAMILY fam USING btree;
CREATE TEXT SEARCH CONFIGURATION x (parser = "default");
CREATE TEXT SEARCH DICTIONARY y (template = simple);
CREATE STATISTICS s ON a, (a + 1) FROM t;
-- @fact role
ALTER TABLE t OWNER TO case_writer;
-- @fact role
ALTER SEQUENCE q OWNER TO case_writer;
-- @fact role
ALTER VIEW v OWNER TO case_writer;
-- @fact role
ALTER MATERIALIZED VIEW m OWNER TO case_writer;
-- @fact role
ALTER TYPE e OWNER TO case_writer;
-- @fact role
ALTER TYPE c OWNER TO case_writer;
-- @fact role
ALTER DOMAIN d OWNER TO case_writer;
-- @fact role
ALTER FUNCTION f OWNER TO case_writer;
-- @fact role
ALTER PROCEDURE p OWNER TO case_writer;
-- @fact role
ALTER AGGREGATE g(integer) OWNER TO case_writer;
-- @fact role
ALTER SCHEMA "S x" OWNER TO case_writer;
-- @fact role
ALTER COLLATION l OWNER TO case_writer;
-- @fact role
ALTER OPERATOR === (integer, integer) OWNER TO case_writer;
-- @fact role
ALTER OPERATOR FAMILY fam USING btree OWNER TO case_writer;
-- @fact role
ALTER TEXT SEARCH CONFIGURATION x OWNER TO case_writer;
-- @fact role
ALTER TEXT SEARCH DICTIONARY y OWNER TO case_writer;
-- @fact role
ALTER STATISTICS s OWNER TO case_writer;
