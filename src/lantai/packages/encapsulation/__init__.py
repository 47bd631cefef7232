"""Encapsulations of DA/T 48 taken apart, and what their signatures are over, in a child of the pool.

Nothing here may load what needs a database: a child has none.
"""
