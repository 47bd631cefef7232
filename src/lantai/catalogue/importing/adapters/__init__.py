"""Engines of others that read files for the import."""
