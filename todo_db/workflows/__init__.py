"""What each command does, in the order in which a user would tell it."""
