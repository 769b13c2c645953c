"""A spec → SQLModel code, as a careful person would write it."""
