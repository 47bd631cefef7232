"""``lantai backup``: one file for what is no archival fact (accounts, roles, requests, settings)."""
