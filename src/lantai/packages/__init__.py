"""Readers of submission packages (信息包)."""
