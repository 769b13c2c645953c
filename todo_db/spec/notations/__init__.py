"""The notations in which people state a schema: one reader each, in the order in which they are read."""
