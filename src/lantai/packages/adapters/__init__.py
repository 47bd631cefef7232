"""Databases in which business systems keep their data."""
