-- One change per fact; see tests/objects/test_facts.py.
-- @setup
CREATE TABLE t (a integer);
INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)
    VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'nobody', 'one');
-- @fact label oneway: no provider is loaded here
UPDATE pg_seclabel SET label = 'two';
