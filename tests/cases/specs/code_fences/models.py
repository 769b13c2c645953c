from datetime import UTC, datetime

from sqlalchemy import Index, func, text
from sqlmodel import Field, Relationship, SQLModel


def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


class Author(SQLModel, table=True):
    """A row of authors."""

    __tablename__ = "authors"

    id: str = Field(primary_key=True, max_length=36)
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
    author_id: str = Field(foreign_key="authors.id", ondelete="CASCADE", max_length=36)
    title: str = Field(max_length=200)
    summary: str | None = Field(default=None, max_length=500)
    published: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    author: "Author" = Relationship(back_populates="articles")
