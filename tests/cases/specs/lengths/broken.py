from decimal import Decimal
from typing import Optional

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Project(SQLModel, table=True):
    __tablename__ = "projects"

    id: Optional[int] = Field(default=None, primary_key=True)
    owner_id: str = Field(max_length=36)
    name: str = Field(max_length=200)
    color: str = Field(max_length=7, sa_column_kwargs={"server_default": "#808080"})
    budget: Optional[Decimal] = None


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = (
        sa.CheckConstraint("state IN ('open', 'closed')", name="ck_tasks_state"),
        sa.Index("idx_tasks_owner_state", "owner_id", "state"),
    )

    id: Optional[int] = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="projects.id", ondelete="CASCADE")
    owner_id: str
    title: str = Field(max_length=255)
    subtitle: Optional[int] = None
    notes: Optional[str] = Field(default=None, max_length=5000)
    state: str = Field(default="open", sa_column_kwargs={"server_default": "done"})
