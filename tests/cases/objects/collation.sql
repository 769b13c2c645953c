-- One change per fact; see tests/objects/test_facts.py.
-- @setup needs 17
CREATE COLLATION c (provider = builtin, locale = 'C');
CREATE COLLATION l (provider = libc, lc_collate = 'C', lc_ctype = 'C');
-- @fact provider
DROP COLLATION c;
CREATE COLLATION c (provider = libc, locale = 'C');
-- @fact locale
DROP COLLATION c;
CREATE COLLATION c (provider = builtin, locale = 'C.UTF-8');
-- @fact collate
UPDATE pg_collation SET collcollate = 'POSIX' WHERE collname = 'l';
-- @fact ctype
UPDATE pg_collation SET collctype = 'POSIX' WHERE collname = 'l';
-- @fact deterministic
UPDATE pg_collation SET collisdeterministic = false WHERE collname = 'l';
-- @fact rules
UPDATE pg_collation SET collicurules = '&a < b' WHERE collname = 'l';
-- @fact comment
COMMENT ON COLLATION c IS 'x';
