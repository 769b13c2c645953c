-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR case_reader SERVER s OPTIONS ("user" 'a');
-- @fact options
ALTER USER MAPPING FOR case_reader SERVER s OPTIONS (SET "user" 'b');
-- @fact options
ALTER USER MAPPING FOR case_reader SERVER s OPTIONS (ADD password 'b');
