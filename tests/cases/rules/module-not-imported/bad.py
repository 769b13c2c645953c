# models: app.models
# file: app/models/__init__.py
from typing import TYPE_CHECKING

from .task import Task

if TYPE_CHECKING:
    from .note import Note
# file: app/models/task.py
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
# file: app/models/note.py
from sqlmodel import Field, SQLModel


class Note(SQLModel, table=True):  # TD415
    id: int | None = Field(default=None, primary_key=True)
