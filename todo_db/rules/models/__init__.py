"""The rules on models, one per file; a new file here is a new rule."""
