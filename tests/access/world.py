"""A small application with every kind of ownership, for the tests of scoped access and of its proof."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import registry
from sqlmodel import Field, Relationship, SQLModel

from todo_db.ownership.declared import Ownerships


class Base(SQLModel, registry=registry()):
    """A metadata of its own."""


class Organization(Base, table=True):
    __tablename__ = "organizations"
    __table_args__ = {"info": {"organization": "id"}}
    id: str = Field(primary_key=True)
    name: str = ""


class Member(Base, table=True):
    __tablename__ = "members"
    __table_args__ = {"info": {"organization": "organization_id", "owner": "user_id", "membership": True}}
    organization_id: str = Field(primary_key=True, foreign_key="organizations.id")
    user_id: str = Field(primary_key=True)


class Project(Base, table=True):
    """Belongs to an organization: every member sees it."""

    __tablename__ = "projects"
    __table_args__ = {"info": {"organization": "organization_id"}}
    id: int | None = Field(default=None, primary_key=True)
    organization_id: str = Field(index=True, foreign_key="organizations.id")
    name: str


class Task(Base, table=True):
    __tablename__ = "tasks"
    __table_args__ = {"info": {"owner": "user_id"}}
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True, nullable=False)
    title: str
    done: bool = False
    position: int | None = None
    parent_id: int | None = Field(default=None, foreign_key="tasks.id")
    comments: list["Comment"] = Relationship(back_populates="task", passive_deletes="all")


class Comment(Base, table=True):
    __tablename__ = "comments"
    __table_args__ = {"info": {"owner_through": "task_id"}}
    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(index=True, foreign_key="tasks.id", ondelete="CASCADE")
    body: str
    task: Task | None = Relationship(back_populates="comments")
    attachments: list["Attachment"] = Relationship(passive_deletes="all")


class Attachment(Base, table=True):
    """Two steps from its owner."""

    __tablename__ = "attachments"
    __table_args__ = {"info": {"owner_through": "comment_id"}}
    id: int | None = Field(default=None, primary_key=True)
    comment_id: int = Field(index=True, foreign_key="comments.id", ondelete="CASCADE")
    name: str


class Note(Base, table=True):
    """Deleted softly; some have no date."""

    __tablename__ = "notes"
    __table_args__ = {"info": {"owner": "user_id"}}
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True)
    text: str = Field(max_length=40)
    due: datetime | None = None
    deleted_at: datetime | None = None


class Tag(Base, table=True):
    __tablename__ = "tags"
    __table_args__ = {"info": {"shared": True}}
    id: int | None = Field(default=None, primary_key=True)
    name: str


class Secret(Base, table=True):
    """Nobody said whose its rows are."""

    __tablename__ = "secrets"
    id: int | None = Field(default=None, primary_key=True)
    word: str


class Draft(Base, table=True):
    """Owned by organization and user."""

    __tablename__ = "drafts"
    __table_args__ = {"info": {"organization": "organization_id", "owner": "author_id"}}
    id: int | None = Field(default=None, primary_key=True)
    organization_id: str
    author_id: str
    text: str = ""


OWNERSHIPS = Ownerships.from_metadata(Base.metadata)
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("organizations", {"id": "org_a", "name": "A's"}),
    ("organizations", {"id": "org_b", "name": "B's"}),
    ("members", {"organization_id": "org_a", "user_id": "alice"}),
    ("members", {"organization_id": "org_b", "user_id": "bob"}),
    ("projects", {"id": 1, "organization_id": "org_a", "name": "a project"}),
    ("projects", {"id": 2, "organization_id": "org_b", "name": "b project"}),
    ("tasks", {"id": 1, "user_id": "alice", "title": "a1", "done": False}),
    ("tasks", {"id": 2, "user_id": "bob", "title": "b1", "done": False}),
    ("tasks", {"id": 3, "user_id": "alice", "title": "a2", "done": True}),
    ("tasks", {"id": 4, "user_id": "bob", "title": "b2", "done": True}),
    ("comments", {"id": 1, "task_id": 1, "body": "on a1"}),
    ("comments", {"id": 2, "task_id": 2, "body": "on b1"}),
    ("attachments", {"id": 1, "comment_id": 1, "name": "of a1"}),
    ("attachments", {"id": 2, "comment_id": 2, "name": "of b1"}),
    ("tags", {"id": 1, "name": "red"}),
    ("secrets", {"id": 1, "word": "plugh"}),
)
