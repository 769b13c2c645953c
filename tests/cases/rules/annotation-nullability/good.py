from typing import Annotated, Optional

from sqlalchemy import Column, String, text
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(sa_column=Column(String(200), nullable=False))
    note: str | None = Field(default=None, sa_column=Column(String(200)))
    code: Optional[str] = Field(default=None, sa_column=Column(String(8), nullable=False, server_default=text("gen_code()")))
    name: "str | None" = None
    alias: Annotated[str | None, "as shown"] = None
