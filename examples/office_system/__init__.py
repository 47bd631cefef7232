"""A small office system that files each closed matter by itself."""
