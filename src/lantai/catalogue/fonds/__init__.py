"""Fonds as such: their files (全宗卷), and what institutional reform makes of them."""
