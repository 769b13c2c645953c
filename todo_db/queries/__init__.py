"""Reads an application's code, without running it, for ways to another user's rows."""
