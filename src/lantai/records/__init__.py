"""Fonds, schemes, volumes, records, documents; metadata; reference codes (档案)."""
