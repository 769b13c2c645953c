"""The rules on revisions, from what their statements were measured to do; one file per rule."""
