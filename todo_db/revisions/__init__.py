"""Writes Alembic revisions and proves them before anybody relies on them."""
