-- One change per fact; see tests/objects/test_facts.py.
-- @setup
DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''before''', current_database()); END $$;
-- @fact comment
DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''it''''s ours''', current_database()); END $$;
-- @fact connection_limit
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 7', current_database()); END $$;
