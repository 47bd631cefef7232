"""The one door to the catalogue: what other contexts may import."""
