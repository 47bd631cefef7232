"""Lantai 兰台: the software a region's archives run on.

One folder a station of the road a record travels; see ``docs/explanation/architecture.md``.
"""

__version__ = "0.1.0"
