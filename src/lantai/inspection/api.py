"""The door of the inspection context (检测): inspecting packages, storing and showing reports."""

from .engine import Inspection, inspect_package
from .report import Counts, FileFacts, ItemReport, PackageReport, Stage

__all__ = [
    "Counts",
    "FileFacts",
    "Inspection",
    "ItemReport",
    "PackageReport",
    "Stage",
    "inspect_package",
]
