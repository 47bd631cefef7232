"""Authority records of agencies and persons: who made the records, under which names, when."""
