"""Row level security: the statements that set it up, and the proof that nobody gets past it."""
