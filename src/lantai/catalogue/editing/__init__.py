"""Editing many records at once: chosen, previewed, done as one act, taken back as one."""
