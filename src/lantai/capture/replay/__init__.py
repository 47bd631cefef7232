"""Showing a captured page as it was, from the archive alone (DA/T 80).

``addresses`` compares and resolves addresses, ``index`` finds captures (CDXJ), ``html`` and ``css``
rewrite what refers elsewhere, ``views`` answers. Nothing a page holds reaches the network: its frame
runs no script, and its policy lets it load only what this record holds.
"""
