"""A specification → the statements that build it on scratch, and what it leaves open."""
