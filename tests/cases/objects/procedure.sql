-- One change per fact; see tests/objects/test_facts.py.
-- @setup
SET check_function_bodies = off;
CREATE PROCEDURE f(a integer, b text DEFAULT 'x') LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE c(a integer) LANGUAGE c AS '$libdir/pg_trgm', 'show_trgm';
-- @fact comment
COMMENT ON PROCEDURE f IS 'x';
-- @fact arguments
DROP PROCEDURE f;
CREATE PROCEDURE f(a integer, b text DEFAULT 'y') LANGUAGE sql AS 'SELECT 1';
-- @fact language
CREATE OR REPLACE PROCEDURE f(a integer, b text DEFAULT 'x') LANGUAGE plpgsql AS 'SELECT 1';
-- @fact body
CREATE OR REPLACE PROCEDURE f(a integer, b text DEFAULT 'x') LANGUAGE sql AS 'SELECT 2';
-- @fact sql_body
CREATE OR REPLACE PROCEDURE f(a integer, b text DEFAULT 'x') BEGIN ATOMIC SELECT 1; END;
-- @fact library
CREATE OR REPLACE PROCEDURE c(a integer) LANGUAGE c AS '$libdir/citext', 'citext_hash';
-- @fact security_definer
ALTER PROCEDURE f SECURITY DEFINER;
-- @fact config
ALTER PROCEDURE f SET search_path = pg_catalog, pg_temp;
-- @fact transforms
CREATE TRANSFORM FOR integer LANGUAGE sql (
    FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE OR REPLACE PROCEDURE f(a integer, b text DEFAULT 'x') TRANSFORM FOR TYPE integer
    LANGUAGE sql AS 'SELECT 1';
