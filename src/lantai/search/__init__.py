"""Index, query language, facets (检索)."""
