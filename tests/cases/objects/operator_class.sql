-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE OPERATOR FAMILY f USING btree;
CREATE OPERATOR FAMILY f2 USING btree;
CREATE OPERATOR CLASS c FOR TYPE integer USING btree FAMILY f AS
    OPERATOR 1 <, FUNCTION 1 btint4cmp(integer, integer);
CREATE OPERATOR FAMILY g USING gin;
CREATE OPERATOR CLASS h FOR TYPE box USING gin FAMILY g AS OPERATOR 1 &&(box, box);
-- @fact type
DROP OPERATOR CLASS c USING btree;
CREATE OPERATOR CLASS c FOR TYPE bigint USING btree FAMILY f AS
    OPERATOR 1 <, FUNCTION 1 btint8cmp(bigint, bigint);
-- @fact family
DROP OPERATOR CLASS c USING btree;
CREATE OPERATOR CLASS c FOR TYPE integer USING btree FAMILY f2 AS
    OPERATOR 1 <, FUNCTION 1 btint4cmp(integer, integer);
-- @fact default
DROP OPERATOR FAMILY g USING gin CASCADE;
CREATE OPERATOR FAMILY g USING gin;
CREATE OPERATOR CLASS h DEFAULT FOR TYPE box USING gin FAMILY g AS OPERATOR 1 &&(box, box);
-- @fact storage
DROP OPERATOR FAMILY g USING gin CASCADE;
CREATE OPERATOR FAMILY g USING gin;
CREATE OPERATOR CLASS h FOR TYPE box USING gin FAMILY g AS OPERATOR 1 &&(box, box), STORAGE bigint;
-- @fact members
DROP OPERATOR CLASS c USING btree;
CREATE OPERATOR CLASS c FOR TYPE integer USING btree FAMILY f AS
    OPERATOR 1 <, OPERATOR 2 <=, FUNCTION 1 btint4cmp(integer, integer);
-- @fact comment
COMMENT ON OPERATOR CLASS c USING btree IS 'x';
