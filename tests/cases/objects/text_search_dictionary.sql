-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TEXT SEARCH DICTIONARY d (template = simple, accept = false);
-- @fact template
DROP TEXT SEARCH DICTIONARY d;
CREATE TEXT SEARCH DICTIONARY d (template = snowball, language = english);
-- @fact options
ALTER TEXT SEARCH DICTIONARY d (accept = true);
-- @fact comment
COMMENT ON TEXT SEARCH DICTIONARY d IS 'x';
