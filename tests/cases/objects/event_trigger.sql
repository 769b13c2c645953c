-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION g() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();
-- @fact event
DROP EVENT TRIGGER e;
CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f();
-- @fact function
DROP EVENT TRIGGER e;
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION g();
-- @fact tags
DROP EVENT TRIGGER e;
CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION f();
-- @fact enabled
ALTER EVENT TRIGGER e ENABLE ALWAYS;
-- @fact comment
COMMENT ON EVENT TRIGGER e IS 'x';
