from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Text, func, text
from sqlmodel import Field, Relationship, SQLModel


def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


class Wallet(SQLModel, table=True):
    """A row of wallets."""

    __tablename__ = "wallet"

    id: UUID = Field(primary_key=True)
    label: str = Field(unique=True, max_length=40)
    balance: Decimal = Field(
        default=Decimal("0"), max_digits=12, decimal_places=2, sa_column_kwargs={"server_default": text("0")}
    )
    closed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    created_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("CURRENT_TIMESTAMP")}
    )
    updated_at: datetime = Field(
        default_factory=utc_now,
        sa_column_kwargs={"server_default": text("CURRENT_TIMESTAMP"), "onupdate": func.now()},
    )

    entries: list["Entry"] = Relationship(back_populates="wallet", passive_deletes="all")


class Entry(SQLModel, table=True):
    """A row of entries."""

    __tablename__ = "entries"
    __table_args__ = (Index("ix_entries_created_at", "created_at"),)

    id: int | None = Field(default=None, primary_key=True)
    wallet_id: UUID = Field(foreign_key="wallet.id", ondelete="CASCADE")
    amount: float
    memo: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(
        default_factory=utc_now, sa_column_kwargs={"server_default": text("CURRENT_TIMESTAMP")}
    )
    updated_at: datetime = Field(
        default_factory=utc_now,
        sa_column_kwargs={"server_default": text("CURRENT_TIMESTAMP"), "onupdate": func.now()},
    )

    wallet: "Wallet" = Relationship(back_populates="entries")
