-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TYPE c AS (a integer, b text);
-- @fact attributes
ALTER TYPE c ADD ATTRIBUTE d boolean;
-- @fact attributes
ALTER TYPE c ALTER ATTRIBUTE a TYPE bigint;
-- @fact attributes
ALTER TYPE c ALTER ATTRIBUTE b TYPE text COLLATE "C";
-- @fact attributes
ALTER TYPE c RENAME ATTRIBUTE b TO z;
-- @fact attribute_comments
COMMENT ON COLUMN c.a IS 'x';
-- @fact comment
COMMENT ON TYPE c IS 'x';
