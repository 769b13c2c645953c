"""Holds a database's spec, SQLModel models, Alembic migrations and live PostgreSQL to one another."""

__version__ = "0.1.0"
