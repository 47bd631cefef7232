"""What can be done with regions, organisations, people, roles, grants and keys: one function per use case."""
