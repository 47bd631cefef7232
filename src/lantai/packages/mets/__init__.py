"""METS documents of E-ARK packages, parsed and judged in a child of the pool.

Nothing here may load what needs a database: a child has none.
"""
