"""The rules of revisions: what keeps one from being written or applied, and what `migrate status` tells."""

from __future__ import annotations

from collections.abc import Iterable

from todo_db.findings import Finding, Place, Rule, Severity, register
from todo_db.settings import Settings
from todo_db.sources.history import Revision

SIDE = "migrations"


def place(settings: Settings, revision: Revision, line: int | None = None) -> Place:
    """A line of the revision's file; its first where none is known."""
    return Place(SIDE, settings.relative(revision.path), line or 1)


def finding(
    rule: Rule, revision: str, message: str, places: Iterable[Place] = (), hint: str | None = None
) -> Finding:
    """A finding on a revision, by its id: the database may know one that no file has."""
    return Finding(
        code=rule.code,
        rule=rule.name,
        severity=rule.severity,
        kind="revision",
        object=revision,
        message=message,
        places=tuple(places),
        hint=hint,
    )


PENDING = register(
    Rule(
        "TD501",
        "revision-pending",
        Severity.WARNING,
        "a revision of the history is not applied yet",
        "`todo-db migrate` applies it; `todo-db migrate --dry-run` shows what that would do.",
    )
)
UNKNOWN_STAMP = register(
    Rule(
        "TD502",
        "revision-unknown",
        Severity.ERROR,
        "the database is stamped with a revision that the history does not have",
        "Somebody applied a revision that is not in this checkout: a newer version of the code, another "
        "branch, or a file that was deleted. Get the file; nothing can be applied safely without it.",
    )
)
EDITED = register(
    Rule(
        "TD503",
        "revision-edited",
        Severity.ERROR,
        "a revision was edited after it had been applied",
        "Databases that have it were built by the old code, new ones would be built by the new: they "
        "would differ, and no revision would ever mend it. Put the old content back (version control has "
        "it) and write what you want in a new revision. Comments and formatting may change freely. Where "
        "the change really does nothing, remove the revision's line from versions.sum; the next `todo-db "
        "migrate` writes it anew.",
    )
)
DATA_LOSS = register(
    Rule(
        "TD504",
        "data-loss",
        Severity.ERROR,
        "the revision would throw data away",
        "Dropping a table or a column cannot be undone by a downgrade: what was in it is gone. If that is"
        " meant, say it: `todo-db migrate new -m … --allow data-loss`. If it was renamed, rename it "
        "instead.",
    )
)
CANNOT_CHANGE = register(
    Rule(
        "TD505",
        "no-way-there",
        Severity.ERROR,
        "no statement leads to what is asked for",
        "PostgreSQL cannot change this in place. The message says what would do it; write a revision by "
        "hand.",
    )
)
NO_HISTORY = register(
    Rule(
        "TD506",
        "database-without-history",
        Severity.ERROR,
        "the database has the tables, but no record of which revision made them",
        "It was built by `create_all` or by hand. Running the revisions would fail at the first table "
        "that is there already. `todo-db adopt` finds the revision that the database equals, proves it, and "
        "stamps it. By hand: `todo-db diff live migrations@REV` is empty for it; `alembic stamp REV`.",
    )
)
EXTERNAL_MISSING = register(
    Rule(
        "TD507",
        "external-table-missing",
        Severity.ERROR,
        "a table that somebody else has to make is not there",
        "The spec relies on a table that another system manages (Better Auth's users). It is never made "
        "here. Let that system make it first, then migrate.",
    )
)
NAMES_SCHEMA = register(
    Rule(
        "TD516",
        "revision-names-schema",
        Severity.ERROR,
        "a revision names a schema, and a target is one schema of many",
        "What a revision does in customer_a it has to do in customer_b by the same text, so that it may name "
        "no schema: PostgreSQL then takes the first of search_path. Alembic's operations name none by "
        "themselves (`schema=` does); in SQL it is `public.tasks`, `SET search_path`, or a schema that is "
        "made on the way. With `schema_per_target = true` in [tool.todo-db], `migrate new` and `migrate "
        "squash` write no schema into SQL; a revision that was applied may not be edited, but squash writes "
        "the history anew. Extensions belong to the database: make each once, in a schema of its own (CREATE "
        "EXTENSION … SCHEMA extensions), and let the revision say IF NOT EXISTS.",
    )
)
DOES_NOT_RUN = register(
    Rule(
        "TD508",
        "revision-fails",
        Severity.ERROR,
        "a revision does not run",
        "It was run on an empty database after all that it follows. The place and the statement are shown.",
    )
)
NOT_REVERSIBLE = register(
    Rule(
        "TD509",
        "downgrade-leaves-trace",
        Severity.ERROR,
        "a downgrade does not lead back to where the upgrade began",
        "Whoever goes back and forth again ends up with another database than everybody else. An enum type "
        "that `op.drop_table` leaves behind is the commonest case: drop it in the downgrade.",
    )
)
NOT_REPEATABLE = register(
    Rule(
        "TD510",
        "upgrade-not-repeatable",
        Severity.ERROR,
        "an upgrade leads elsewhere after its downgrade",
        "What the downgrade left behind changes what the upgrade does the second time.",
    )
)
NEEDS_DATA = register(
    Rule(
        "TD511",
        "rows-need-a-value",
        Severity.ERROR,
        "a new column must not be NULL, and nothing says what the rows that are there get",
        "`todo-db migrate new -m … --backfill 'table.column=SQL expression'` adds it in steps: the column, "
        "the rows in batches, then NOT NULL. The expression may use the row's other columns. Or give the "
        "column a default, or let it be NULL. Where the table has no rows anywhere: --simple.",
    )
)
FAILS_WITH_ROWS = register(
    Rule(
        "TD512",
        "revision-fails-with-rows",
        Severity.WARNING,
        "a revision does not run where tables have rows",
        "It runs on empty tables, but not with rows that were made up within the constraints. A database "
        "with such rows would refuse it: give the rows what they lack before (`todo_db.backfill`), or be "
        "sure that there are none.",
    )
)
BRANCHES_CONFLICT = register(
    Rule(
        "TD513",
        "branches-conflict",
        Severity.ERROR,
        "two branches of the history build something else in one order than in the other",
        "Databases that were migrated before and after the merge would differ, and no revision would ever "
        "mend it. `todo-db migrate rebase REV` puts the branch that is not applied anywhere yet behind the "
        "other one; then `todo-db migrate new` writes what is still missing.",
    )
)
SQUASH_LOSES = register(
    Rule(
        "TD514",
        "squash-loses-rows",
        Severity.ERROR,
        "revisions that are to become one change rows, which one revision would not",
        "A squashed revision builds the schema, not the rows: what the old revisions insert, fill or change "
        "would be missing in a database that is built from now on. Squash up to before that revision, or "
        "take the rows over by hand: `--allow data-loss`, then write the statements into the new revision.",
    )
)
NOT_LOGGED = register(
    Rule(
        "TD515",
        "revision-not-logged",
        Severity.INFO,
        "a revision has no entry in the log of migrations",
        "`[tool.todo-db] log` names a file with an entry for each revision: what, why, impact, hazards, "
        "rollback. `todo-db migrate new` writes it; for a revision written by hand it is written by hand: "
        "a heading that begins with the revision's id.",
    )
)
