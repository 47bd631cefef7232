"""Watching over what is held: plans of re-reading, incidents, drills."""
