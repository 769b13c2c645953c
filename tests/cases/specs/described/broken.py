from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, SmallInteger, func, text
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
    name: str = Field(max_length=60)
    # which floor (smallint, NULL)
    floor: int = Field(sa_type=SmallInteger)
    # when it was entered (timestamptz, NOT NULL, default now())
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    # when it was last changed (timestamptz, NOT NULL, default now())
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    bookings: list["Booking"] = Relationship(back_populates="room", passive_deletes="all")


class Guest(SQLModel, table=True):
    """A person of whom the schema says nothing."""

    __tablename__ = "guests"

    id: int | None = Field(default=None, primary_key=True)


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
    note: str | None = Field(default=None, max_length=300)
    # when it was entered (timestamptz, NOT NULL, default now())
    created_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"server_default": text("now()")})
    # when it was last changed (timestamptz, NOT NULL, default now())
    updated_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("now()"), "onupdate": func.now()}
    )

    room: "Room" = Relationship(back_populates="bookings")


class BookingRow(SQLModel, table=True):
    """The same table once more."""

    __tablename__ = "bookings"
    __table_args__ = {"extend_existing": True}

    id: UUID = Field(
        default_factory=uuid4,
        primary_key=True,
        sa_column_kwargs={"server_default": text("gen_random_uuid()")},
    )
    seats: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
