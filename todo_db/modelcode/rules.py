"""The rules of written models: what `todo-db models --check` tells."""

from __future__ import annotations

from todo_db.findings import Rule, Severity, register

OUT_OF_DATE = register(
    Rule(
        "TD431",
        "models-out-of-date",
        Severity.ERROR,
        "a model that `todo-db models` writes is not what the spec says",
        "The file is missing, it was written from an older spec, or its table is gone from the spec. "
        "`todo-db models` writes it anew; `todo-db models --diff` shows what would change. Line numbers of "
        "the spec, layout and quotes do not count.",
    )
)
BY_HAND = register(
    Rule(
        "TD432",
        "models-changed-by-hand",
        Severity.INFO,
        "a model is not as `todo-db models` would write it, because a person has changed or written it",
        "Such a file is yours: it is never overwritten. `todo-db models --diff` shows as a patch what the "
        "spec would make of it, and `todo-db check-spec` holds what it states to the spec. To have it "
        "written again, delete it and run `todo-db models`.",
    )
)
