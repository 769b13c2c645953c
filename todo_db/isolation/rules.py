"""The rules of `isolation`: what crossed, and what the catalog alone gives away."""

from __future__ import annotations

from todo_db.findings import Rule, Severity, register

CROSSES = register(
    Rule(
        "TD801",
        "isolation-open",
        Severity.ERROR,
        "a user reaches another user's rows",
        "The statement shown was run as the application's role, with one user's id set, and it reached or "
        "changed a row of another. Run it yourself after `SET ROLE` and "
        "`set_config('app.user_id', …, true)`. Mend it with policies from `owner:` of the spec, FORCE ROW "
        "LEVEL SECURITY, `security_invoker` on views, a fixed `search_path` and a check of the owner in "
        "SECURITY DEFINER functions, and foreign keys that take the owner along: "
        "`FOREIGN KEY (parent_id, user_id) REFERENCES tasks (id, user_id)`.",
    )
)
UNSAFE_ROLE = register(
    Rule(
        "TD802",
        "unsafe-role",
        Severity.ERROR,
        "the application's role is one that row level security does not hold",
        "Superusers and roles with BYPASSRLS are above every policy, the owner of a table until FORCE. Every "
        "role that is made in Neon's console, neondb_owner among them, has BYPASSRLS; make the "
        "application's role in SQL.",
    )
)

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


def _rule(code: str, name: str, severity: Severity, title: str, explain: str) -> Rule:
    return register(Rule(code, name, severity, title, explain))


# In the order in which they weigh; the file of a rule is its name with underscores.
STATIC: tuple[Rule, ...] = (
    _rule(
        *("TD821", "policy-without-rls", _ERROR, "a table has policies and no row level security"),
        "Policies wait until `ALTER TABLE … ENABLE ROW LEVEL SECURITY`. Until then every role with a grant "
        "sees every row.",
    ),
    _rule(
        *("TD822", "rls-without-policy", _WARNING, "a table has row level security and no policy"),
        "Nothing is let through, except for roles that bypass row level security. Write the policies, or, "
        "if nobody is to read it, revoke the privileges, too.",
    ),
    _rule(
        *("TD823", "rls-not-forced", _WARNING, "row level security does not hold the table's owner"),
        "The owner of a table is above its policies until `FORCE ROW LEVEL SECURITY`. Applications often "
        "connect as the role that ran the migrations.",
    ),
    _rule(
        *("TD824", "always-true-policy", _ERROR, "a permissive policy is always true"),
        "`USING (true)` is the same as no row level security for that command.",
    ),
    _rule(
        *("TD825", "several-permissive-policies", _WARNING, "several permissive policies for one command"),
        "Permissive policies are joined by OR. A second one opens what the first one closed, and both are "
        "evaluated for each row.",
    ),
    _rule(
        *("TD826", "unindexed-foreign-key", _WARNING, "no index leads with a foreign key's columns"),
        "Each DELETE of a referenced row, and each policy that goes through this key, reads the whole table.",
    ),
    _rule(
        *("TD827", "view-without-invoker", _ERROR, "a view reads protected tables with its owner's rights"),
        "Policies are checked for the view's owner, who is often above them. "
        "`ALTER VIEW … SET (security_invoker = true)` makes it the caller (PostgreSQL 15 and newer).",
    ),
    _rule(
        *(
            "TD828",
            "mutable-search-path",
            _WARNING,
            "a SECURITY DEFINER function searches the caller's path",
        ),
        "Whoever may create objects in a schema of the search_path can have the function call them with the "
        "owner's rights. `SET search_path = ''` and qualified names.",
    ),
    _rule(
        *("TD829", "duplicate-index", _WARNING, "two indexes are the same"),
        "Both are kept up by every write, and one of them is never used.",
    ),
    _rule(
        *("TD831", "setting-per-row", _WARNING, "a policy evaluates a setting for each row"),
        "In a subselect, `(SELECT current_setting(…))`, it is evaluated once and an index can serve: on "
        "300,000 rows 4.5 ms instead of 349 ms.",
    ),
)
UNINDEXED_OWNER = _rule(
    *("TD832", "unindexed-owner", _WARNING, "no index leads with the column that says whose a row is"),
    "Every query of a user, and every policy, looks for rows by this column.",
)
UNIQUE_ACROSS_USERS = _rule(
    *("TD833", "unique-across-users", _WARNING, "a unique value of one user's can be guessed by another"),
    "Uniqueness looks past every policy: whoever writes a value that somebody else has is told so. Let the "
    "owner be part of the key, or let the value be one that nobody can guess.",
)
