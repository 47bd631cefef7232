"""Packages of kind ``bagit``: bags of RFC 8493 (1.0) and of the drafts before it (0.93 to 0.97).

A bag is an envelope: its payload is read as whatever other kind it is, else as one item.
"""

from ..kinds import Kind
from .reading import is_bag, read_bag
from .writing import write_bag

KIND = Kind("bagit", "BagIt 包", is_bag, read_bag, write_bag, stage="structure")

__all__ = ["KIND"]
