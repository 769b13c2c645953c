-- One change per fact; see tests/objects/test_facts.py.
-- @setup
SET check_function_bodies = off;
CREATE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION c(a integer) RETURNS integer LANGUAGE c AS '$libdir/pg_trgm', 'show_trgm';
-- @fact comment
COMMENT ON FUNCTION f IS 'x';
-- @fact arguments
DROP FUNCTION f;
CREATE FUNCTION f(a integer, b text DEFAULT 'y') RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1';
-- @fact arguments
DROP FUNCTION f;
CREATE FUNCTION f(other integer, b text DEFAULT 'x') RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1';
-- @fact language
CREATE OR REPLACE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS SETOF integer LANGUAGE plpgsql AS 'SELECT 1';
-- @fact body
CREATE OR REPLACE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS SETOF integer LANGUAGE sql AS 'SELECT 2';
-- @fact sql_body
CREATE OR REPLACE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS SETOF integer BEGIN ATOMIC SELECT 1; END;
-- @fact library
CREATE OR REPLACE FUNCTION c(a integer) RETURNS integer LANGUAGE c AS '$libdir/citext', 'citext_hash';
-- @fact security_definer
ALTER FUNCTION f SECURITY DEFINER;
-- @fact config
ALTER FUNCTION f SET search_path = pg_catalog, pg_temp;
-- @fact transforms
CREATE TRANSFORM FOR integer LANGUAGE sql (
    FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE OR REPLACE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS SETOF integer TRANSFORM FOR TYPE integer
    LANGUAGE sql AS 'SELECT 1';
-- @fact returns
DROP FUNCTION f;
CREATE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS SETOF bigint LANGUAGE sql AS 'SELECT 1';
-- @fact volatility
ALTER FUNCTION f STABLE;
-- @fact strict
ALTER FUNCTION f STRICT;
-- @fact leakproof
ALTER FUNCTION f LEAKPROOF;
-- @fact parallel
ALTER FUNCTION f PARALLEL SAFE;
-- @fact cost
ALTER FUNCTION f COST 7;
-- @fact rows
ALTER FUNCTION f ROWS 7;
-- @fact window
DROP FUNCTION c;
CREATE FUNCTION c(a integer) RETURNS integer WINDOW LANGUAGE c AS '$libdir/pg_trgm', 'show_trgm';
-- @fact support
ALTER FUNCTION f SUPPORT generate_series_int4_support;
