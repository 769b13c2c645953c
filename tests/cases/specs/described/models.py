from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, SmallInteger, Text, func, text
from sqlmodel import Field, Relationship, SQLModel


def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


class Room(SQLModel, table=True):
    """A row of rooms."""

    __tablename__ = "rooms"

    # the key (uuid, PRIMARY KEY, default gen_random_uuid())
    id: UUID = Field(
        default_factory=uuid4,
        primary_key=True,
        sa_column_kwargs={"server_default": text("gen_random_uuid()")},
    )
    # what people call it (varchar(60), NOT NULL, UNIQUE)
    name: str = Field(unique=True, max_length=60)
    # which floor (smallint, NULL)
    floor: int | None = Field(default=None, sa_type=SmallInteger)
    # when it was entered (timestamptz, NOT NULL, default now())
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    # when it was last changed (timestamptz, NOT NULL, default now())
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    bookings: list["Booking"] = Relationship(back_populates="room", passive_deletes="all")


class Booking(SQLModel, table=True):
    """A row of bookings."""

    __tablename__ = "bookings"
    __table_args__ = (Index("ix_bookings_room_id", "room_id"),)

    # the key (uuid, PRIMARY KEY, default gen_random_uuid())
    id: UUID = Field(
        default_factory=uuid4,
        primary_key=True,
        sa_column_kwargs={"server_default": text("gen_random_uuid()")},
    )
    # the room (uuid, NOT NULL, FK → rooms.id ON DELETE RESTRICT, indexed)
    room_id: UUID = Field(foreign_key="rooms.id", ondelete="RESTRICT")
    # how many come (integer, NOT NULL, default 1)
    seats: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    # for the host (text, NULL)
    note: str | None = Field(default=None, sa_type=Text)
    # when it begins (timestamptz, NOT NULL)
    starts_at: datetime
    # when it was entered (timestamptz, NOT NULL, default now())
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    # when it was last changed (timestamptz, NOT NULL, default now())
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    room: "Room" = Relationship(back_populates="bookings")
