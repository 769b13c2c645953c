"""What is never drift: the parts of a database that belong to others, or to this tool itself."""

from __future__ import annotations

# Neon's own schemas (its console, Better Auth as a service, the Data API, its migrations).
SCHEMAS: tuple[str, ...] = ("neon", "neon_auth", "neon_migration", "pgrst")

# Alembic's and our own book-keeping.
TABLES: tuple[str, ...] = ("alembic_version", "todo_db_ledger", "todo_db_backfill")

# Neon's own roles: what they own or were granted is not the project's.
ROLES: tuple[str, ...] = (
    "cloud_admin",
    "neon_superuser",
    "neon_auth",
    "neon_service",
    "authenticator",
    "authenticated",
    "anonymous",
    "web_access",
    "zenith_admin",
)
ROLE_PREFIXES: tuple[str, ...] = ("databricks_",)
