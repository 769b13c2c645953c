from datetime import datetime
from uuid import UUID

from sqlalchemy import Column
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_column_kwargs={"server_default": "now()"})  # TD417
    key: UUID = Field(sa_column=Column(server_default="gen_random_uuid()", nullable=False))  # TD417
    status: str = Field(sa_column_kwargs=dict(server_default="'pending'"))  # TD417
    seen_at: datetime = Field(sa_column_kwargs={"server_default": "CURRENT_TIMESTAMP"})  # TD417
