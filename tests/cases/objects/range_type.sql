-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TYPE r AS RANGE (subtype = text);
-- @fact subtype
DROP TYPE r;
CREATE TYPE r AS RANGE (subtype = date);
-- @fact opclass
DROP TYPE r;
CREATE TYPE r AS RANGE (subtype = text, subtype_opclass = text_pattern_ops);
-- @fact collation
DROP TYPE r;
CREATE TYPE r AS RANGE (subtype = text, collation = "C");
-- @fact canonical oneway: type and function refer to one another
DROP TYPE r;
CREATE TYPE r;
CREATE FUNCTION canon(r) RETURNS r LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE r AS RANGE (subtype = integer, canonical = canon);
-- @fact subtype_diff
DROP TYPE r;
CREATE TYPE r AS RANGE (subtype = float8, subtype_diff = float8mi);
-- @fact multirange
DROP TYPE r;
CREATE TYPE r AS RANGE (subtype = text, multirange_type_name = many);
-- @fact comment
COMMENT ON TYPE r IS 'x';
