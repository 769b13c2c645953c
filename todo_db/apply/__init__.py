"""Applies revisions to a live database, one runner at a time, and checks what came of it."""
