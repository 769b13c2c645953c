-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer);
CREATE POLICY p ON t TO case_reader USING (a > 1) WITH CHECK (a > 2);
-- @fact permissive
DROP POLICY p ON t;
CREATE POLICY p ON t AS RESTRICTIVE TO case_reader USING (a > 1) WITH CHECK (a > 2);
-- @fact command
DROP POLICY p ON t;
CREATE POLICY p ON t FOR UPDATE TO case_reader USING (a > 1) WITH CHECK (a > 2);
-- @fact roles
ALTER POLICY p ON t TO case_writer, case_reader;
-- @fact using
ALTER POLICY p ON t USING (a > 3);
-- @fact check
ALTER POLICY p ON t WITH CHECK (a > 3);
-- @fact check
DROP POLICY p ON t;
CREATE POLICY p ON t TO case_reader USING (a > 1);
-- @fact comment
COMMENT ON POLICY p ON t IS 'x';
