"""Writing the tidy form of a specification into its own file, proven to state the same."""
