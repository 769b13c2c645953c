"""Whose the rows of each table are, and the row level security that follows from it."""
