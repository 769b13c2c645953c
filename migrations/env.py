"""Runs the revisions on the database that `todo-db` uses, one run at a time; plain Alembic does the same."""

from alembic import context

from todo_db.apply.environment import run

# Further arguments go to context.configure().
run(context)
