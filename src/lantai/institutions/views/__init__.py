"""Pages of the institutions: one module for each thing they show."""
