"""Assisted description: what the text of a record suggests, with its evidence, for a person to decide."""
