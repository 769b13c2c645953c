-- One change per fact; see tests/objects/test_facts.py.
-- @setup
DO $$ BEGIN
    EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET search_path = a, "B c"';
    EXECUTE 'ALTER ROLE case_reader IN DATABASE ' || quote_ident(current_database()) || ' SET work_mem = "5MB"';
END $$;
-- @fact value
DO $$ BEGIN
    EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET search_path = a';
END $$;
-- @fact value
DO $$ BEGIN
    EXECUTE 'ALTER ROLE case_reader IN DATABASE ' || quote_ident(current_database()) || ' SET work_mem = "6MB"';
END $$;
-- @extra
DO $$ BEGIN
    EXECUTE 'ALTER ROLE case_reader IN DATABASE ' || quote_ident(current_database()) || ' RESET work_mem';
END $$;
-- @extra
DO $$ BEGIN
    EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET "my.setting" = ''it''''s''';
END $$;
