-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TEXT SEARCH TEMPLATE p (lexize = dsimple_lexize);
-- @fact functions
DROP TEXT SEARCH TEMPLATE p;
CREATE TEXT SEARCH TEMPLATE p (init = dsimple_init, lexize = dsimple_lexize);
-- @fact comment
COMMENT ON TEXT SEARCH TEMPLATE p IS 'x';
