-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq);
CREATE OPERATOR !== (rightarg = integer, function = int4um);
-- @fact function
DROP OPERATOR === (integer, integer);
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4ne);
-- @fact commutator
DROP OPERATOR === (integer, integer);
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq, commutator = ===);
-- @fact negator
DROP OPERATOR === (integer, integer);
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq, negator = <=>);
CREATE OPERATOR <=> (leftarg = integer, rightarg = integer, function = int4ne, negator = ===);
-- @fact restrict
DROP OPERATOR === (integer, integer);
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq, restrict = eqsel);
-- @fact join
DROP OPERATOR === (integer, integer);
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq, join = eqjoinsel);
-- @fact hashes
DROP OPERATOR === (integer, integer);
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq, hashes);
-- @fact merges
DROP OPERATOR === (integer, integer);
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq, merges);
-- @fact comment
COMMENT ON OPERATOR === (integer, integer) IS 'x';
