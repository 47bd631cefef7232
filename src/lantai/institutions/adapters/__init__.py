"""Engines institutions can be served by."""
