"""What each statement of a revision does to a database, measured while it runs on scratch."""
