-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TYPE e AS ENUM ('a', 'b');
-- @fact labels
ALTER TYPE e RENAME VALUE 'b' TO 'c';
-- @fact labels
ALTER TYPE e ADD VALUE 'c' BEFORE 'b';
-- @fact comment
COMMENT ON TYPE e IS 'x';
