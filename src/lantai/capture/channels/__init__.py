"""Channels: each turns what a sender has into a package, which goes the one road of capture."""
