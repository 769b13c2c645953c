"""The todo application's tables as SQLModel classes; `schema/schema.md` says what they have to be."""

from __future__ import annotations

from todo_db.models.comment import Comment
from todo_db.models.priority import Level, TaskPriority
from todo_db.models.task import Status, Task
from todo_db.models.user import User

__all__ = ["Comment", "Level", "Status", "Task", "TaskPriority", "User"]
