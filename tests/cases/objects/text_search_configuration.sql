-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TEXT SEARCH PARSER p (
    start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
CREATE TEXT SEARCH CONFIGURATION c (parser = "default");
ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR asciiword WITH english_stem, simple;
-- @fact parser
DROP TEXT SEARCH CONFIGURATION c;
CREATE TEXT SEARCH CONFIGURATION c (parser = p);
-- @fact mappings
ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word WITH simple;
-- @fact mappings
ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR asciiword WITH simple, english_stem;
-- @fact comment
COMMENT ON TEXT SEARCH CONFIGURATION c IS 'x';
