from decimal import Decimal
from typing import Optional

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Project(SQLModel, table=True):
    __tablename__ = "projects"
    __table_args__ = (sa.UniqueConstraint("owner_id", "name"),)

    id: Optional[int] = Field(default=None, primary_key=True)
    owner_id: str = Field(max_length=36, index=True)
    name: str = Field(max_length=255)
    color: str = Field(sa_column=sa.Column(sa.CHAR(7), nullable=False, server_default="#808080"))
    budget: Optional[Decimal] = Field(default=None, max_digits=10, decimal_places=2)


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = (
        sa.CheckConstraint("state IN ('open', 'done')", name="ck_tasks_state"),
        sa.Index("idx_tasks_owner_state", "owner_id", "state"),
        sa.Index("idx_tasks_project_id", "project_id"),
    )

    id: Optional[int] = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="projects.id", ondelete="CASCADE")
    owner_id: str = Field(max_length=36)
    title: str = Field(max_length=200)
    subtitle: Optional[str] = Field(default=None, max_length=80)
    notes: Optional[str] = Field(default=None, sa_type=sa.Text)
    state: str = Field(default="open", sa_type=sa.Text, sa_column_kwargs={"server_default": "open"})
