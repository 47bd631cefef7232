"""Database migrations of the vault."""
