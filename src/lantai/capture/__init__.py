"""Channels, arrangement, numbering (归档)."""
