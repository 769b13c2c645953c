"""The rules on specifications, one per file; a new file here is a new rule."""
