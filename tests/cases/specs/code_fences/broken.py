from datetime import UTC, datetime

from sqlalchemy import Index, func, text
from sqlmodel import Field, Relationship, SQLModel


def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


class Author(SQLModel, table=True):
    """A row of authors."""

    __tablename__ = "authors"

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True, max_length=255)
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    articles: list["Article"] = Relationship(back_populates="author", passive_deletes="all")


class Article(SQLModel, table=True):
    """A row of articles."""

    __tablename__ = "articles"
    __table_args__ = (Index("ix_articles_author_id", "author_id"),)

    id: int | None = Field(default=None, primary_key=True)
    author_id: int = Field(foreign_key="authors.id", ondelete="CASCADE")
    title: str = Field(max_length=200)
    summary: str | None = None
    published: bool = Field(default=False)
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    author: "Author" = Relationship(back_populates="papers")
