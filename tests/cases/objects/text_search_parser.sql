-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TEXT SEARCH PARSER p (
    start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
-- @fact functions
DROP TEXT SEARCH PARSER p;
CREATE TEXT SEARCH PARSER p (
    start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline);
-- @fact comment
COMMENT ON TEXT SEARCH PARSER p IS 'x';
