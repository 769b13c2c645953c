from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Column, Enum, Identity, Index, Text, func, text
from sqlmodel import Field, Relationship, SQLModel


def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


def values_of(enum: type[StrEnum]) -> list[str]:
    """The labels of an enum type: the values, where SQLAlchemy would take the members' names."""
    return [member.value for member in enum]


class TicketState(StrEnum):
    """Values of ticket_state."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


class User(SQLModel, table=True):
    """Managed by Better Auth."""

    __tablename__ = "users"
    __table_args__ = {"info": {"external": True}}

    id: str = Field(primary_key=True, sa_type=Text)

    tickets: list["Ticket"] = Relationship(back_populates="user", passive_deletes="all")


class Ticket(SQLModel, table=True):
    """A row of tickets."""

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint("severity IN ('low', 'high')", name="chk_tickets_severity"),
        Index("idx_tickets_user_state", "user_id", "state"),
        Index("idx_tickets_created", text("created_at DESC")),
    )

    id: UUID = Field(
        default_factory=uuid4,
        primary_key=True,
        sa_column_kwargs={"server_default": text("gen_random_uuid()")},
    )
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", sa_type=Text)
    subject: str = Field(max_length=120)
    state: TicketState = Field(
        default=TicketState.OPEN,
        sa_column=Column(
            Enum(TicketState, name="ticket_state", values_callable=values_of),
            nullable=False,
            server_default="open",
        ),
    )
    severity: str = Field(default="low", max_length=10, sa_column_kwargs={"server_default": "low"})
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    user: "User" = Relationship(back_populates="tickets")
    replies: list["Reply"] = Relationship(back_populates="ticket", passive_deletes="all")


class Reply(SQLModel, table=True):
    """A row of replies."""

    __tablename__ = "replies"
    __table_args__ = (Index("idx_replies_ticket", "ticket_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity()])
    ticket_id: UUID = Field(foreign_key="tickets.id", ondelete="CASCADE")
    body: str = Field(sa_type=Text)
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    ticket: "Ticket" = Relationship(back_populates="replies")
