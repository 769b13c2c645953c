"""Each static rule finds what it is for, and stays silent on the same thing done well."""

from __future__ import annotations

from typing import Any

import pytest

from todo_db.isolation import rules, static
from todo_db.ownership import policies
from todo_db.ownership.declared import Owned, Ownerships

TABLE = (
    "CREATE TABLE t (id integer PRIMARY KEY, user_id text NOT NULL, n integer); CREATE INDEX ON t (user_id);"
)
RLS = "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;"
OWN = "USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')))"
POLICY = f"CREATE POLICY p ON t {OWN};"

# Rule → (what it finds, the same done well).
CASES = {
    "policy-without-rls": (POLICY, RLS + POLICY),
    "rls-without-policy": (RLS, RLS + POLICY),
    "rls-not-forced": ("ALTER TABLE t ENABLE ROW LEVEL SECURITY;" + POLICY, RLS + POLICY),
    "always-true-policy": (RLS + "CREATE POLICY p ON t FOR SELECT USING (true);", RLS + POLICY),
    "several-permissive-policies": (
        RLS + POLICY + f"CREATE POLICY q ON t FOR SELECT {OWN};",
        RLS + POLICY + f"CREATE POLICY q ON t AS RESTRICTIVE FOR SELECT {OWN};",
    ),
    "unindexed-foreign-key": (
        "CREATE TABLE c (t_id integer REFERENCES t, m integer);",
        "CREATE TABLE c (t_id integer REFERENCES t, m integer); CREATE INDEX ON c (t_id, m);",
    ),
    "view-without-invoker": (
        RLS + POLICY + "CREATE VIEW v AS SELECT * FROM t;",
        RLS + POLICY + "CREATE VIEW v WITH (security_invoker = true) AS SELECT * FROM t;",
    ),
    "mutable-search-path": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';",
    ),
    "duplicate-index": (
        "CREATE INDEX a ON t (n); CREATE INDEX b ON t (n);",
        "CREATE INDEX a ON t (n); CREATE INDEX b ON t (n DESC); CREATE INDEX c ON t (n) WHERE n > 0;",
    ),
    "setting-per-row": (
        RLS + "CREATE POLICY p ON t USING (user_id = current_setting('app.user_id', true));",
        RLS + POLICY,
    ),
    "unique-across-users": ("CREATE UNIQUE INDEX ON t (n);", "CREATE UNIQUE INDEX ON t (user_id, n);"),
    "unindexed-owner": ("DROP INDEX t_user_id_idx;", ""),
}
OWNERSHIPS = Ownerships([Owned("t", user="user_id")])


def found(db: Any, statements: str) -> set[str]:
    with db.transaction(force_rollback=True):
        db.execute(TABLE + statements)
        return {f.rule for f in static.findings(db, OWNERSHIPS)}


def test_every_rule_has_a_case() -> None:
    assert {r.name for r in (*rules.STATIC, rules.UNINDEXED_OWNER, rules.UNIQUE_ACROSS_USERS)} == CASES.keys()


@pytest.mark.parametrize("rule", CASES)
def test_rule(db: Any, rule: str) -> None:
    bad, good = CASES[rule]
    assert rule in found(db, bad)
    assert rule not in found(db, good)


@pytest.mark.parametrize("type_", ["text", "uuid", "integer"])
def test_the_policies_that_we_write_are_without_findings(db: Any, type_: str) -> None:
    declared = Ownerships([Owned("t", user="user_id", user_type=type_)])
    ours = "".join(s.sql + ";" for s in policies.security(declared, role="public") if "GRANT" not in s.sql)
    typed = f"ALTER TABLE t ALTER user_id TYPE {type_} USING NULL;"
    assert found(db, typed + ours) == set()
