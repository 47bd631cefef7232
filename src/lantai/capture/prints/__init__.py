"""Printing what arrangement makes (编目打印): catalogues, covers, notes, spines and the stamp."""
