"""Users, as far as we rely on Better Auth's table of them."""

from typing import TYPE_CHECKING

from sqlalchemy import Text
from sqlmodel import Field, Relationship, SQLModel

if TYPE_CHECKING:
    from todo_db.models.comment import Comment
    from todo_db.models.task import Task


class User(SQLModel, table=True):
    """Made and changed by Better Auth alone: no DDL is ever written for it."""

    __tablename__ = "user"
    __table_args__ = {"info": {"external": True}}

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    email: str = Field(unique=True, sa_type=Text)

    # the database deletes them (ON DELETE CASCADE); loading them first would only cost time
    tasks: list["Task"] = Relationship(back_populates="user", passive_deletes="all")
    comments: list["Comment"] = Relationship(back_populates="user", passive_deletes="all")
