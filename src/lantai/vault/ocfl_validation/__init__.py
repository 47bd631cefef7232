"""Validation of OCFL 1.0 and 1.1 objects and storage roots, ours and anyone's.

Codes are those of the specification's validation tables. Content is read in pieces, each file
once for all its digests, and never unpacked.
"""

from .objects import check_object
from .problems import Checked, Problem
from .roots import Validation, validate

__all__ = ["Checked", "Problem", "Validation", "check_object", "validate"]
