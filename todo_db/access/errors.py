"""What scoped access refuses, each with the call that is safe instead."""

from __future__ import annotations

from todo_db.errors import Exit, TodoDbError


class AccessError(TodoDbError):
    """Something that could reach, or did try to reach, another user's rows. Nothing was done."""

    exit_code = Exit.USAGE


class UnscopedError(AccessError):
    """A call that the session cannot hold to one user's rows."""


class UndeclaredTableError(UnscopedError):
    """A table of which nobody said whose its rows are."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"nobody said whose the rows of {table} are",
            hint='declare it in the model: __table_args__ = {"info": {"owner": "user_id"}}, '
            '{"owner_through": "task_id"} or {"shared": True}',
        )


class ForeignRowError(AccessError):
    """A value or an object that belongs to somebody else, or would be given to somebody else."""


class NotFoundError(TodoDbError):
    """There is no such row among those of this user; whether another user has it is not said."""

    exit_code = Exit.USAGE


class UnsafeRoleError(AccessError):
    """The connection's role is one that row level security does not apply to."""


class RowChangedError(TodoDbError):
    """Rows that were to be written were not there any more, or were never this user's."""

    exit_code = Exit.USAGE
