-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer, "B" integer);
CREATE SEQUENCE q;
CREATE TYPE e AS ENUM ('a');
CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA "S x";
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
GRANT SELECT ON t TO case_reader;
CREATE EXTENSION citext;
-- @fact privileges
GRANT INSERT ON t TO case_reader;
-- @fact privileges
GRANT SELECT ON t TO case_reader WITH GRANT OPTION;
-- @extra
REVOKE SELECT ON t FROM case_reader;
-- @extra
GRANT SELECT ON t TO PUBLIC;
-- @extra
GRANT UPDATE (a, "B") ON t TO case_reader;
-- @extra
GRANT USAGE ON SEQUENCE q TO case_reader;
-- @extra
REVOKE USAGE ON TYPE e FROM PUBLIC;
-- @extra
REVOKE EXECUTE ON FUNCTION f FROM PUBLIC;
-- @extra
GRANT EXECUTE ON PROCEDURE p TO case_reader WITH GRANT OPTION;
-- @extra
GRANT CREATE ON SCHEMA "S x" TO case_reader;
-- @extra
GRANT CREATE ON SCHEMA public TO case_reader;
-- @extra
GRANT USAGE ON FOREIGN DATA WRAPPER w TO case_reader;
-- @extra
GRANT USAGE ON FOREIGN SERVER s TO case_reader;
-- @extra
REVOKE DELETE ON t FROM CURRENT_USER;
-- @extra
DO $$ BEGIN EXECUTE 'GRANT CREATE ON DATABASE ' || quote_ident(current_database()) || ' TO case_reader'; END $$;
-- @extra
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
-- @extra
GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO case_reader;
-- @extra
GRANT SELECT ON pg_statistic TO case_reader;
-- @extra
REVOKE USAGE ON SCHEMA pg_catalog FROM PUBLIC;
-- @extra
REVOKE EXECUTE ON FUNCTION citext_eq(citext, citext) FROM PUBLIC;
-- @extra
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
