"""Exhibits: what a record's own description lets people see of it (tables, pictures, clips, steps)."""
