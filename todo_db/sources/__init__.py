"""The sides: each is read into a `Schema`, by way of scratch where it is not a database yet."""
