-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE DOMAIN d AS text CONSTRAINT k CHECK (VALUE <> '');
-- @fact type
DROP DOMAIN d;
CREATE DOMAIN d AS varchar(5) CONSTRAINT k CHECK (VALUE <> '');
-- @fact nullable
ALTER DOMAIN d SET NOT NULL;
-- @fact default
ALTER DOMAIN d SET DEFAULT 'x';
-- @fact collation
DROP DOMAIN d;
CREATE DOMAIN d AS text COLLATE "C" CONSTRAINT k CHECK (VALUE <> '');
-- @fact checks
ALTER DOMAIN d DROP CONSTRAINT k;
-- @fact checks
ALTER DOMAIN d ADD CONSTRAINT j CHECK (VALUE <> 'y') NOT VALID;
-- @fact check_comments
COMMENT ON CONSTRAINT k ON DOMAIN d IS 'x';
-- @fact comment
COMMENT ON DOMAIN d IS 'x';
