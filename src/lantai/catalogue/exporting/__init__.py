"""What leaves the catalogue: tables, EAD, provincial layouts; and what came in held against its source."""
