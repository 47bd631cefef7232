"""The door of the inspection context (检测): inspecting packages, storing and showing reports."""

from .report import Counts, FileFacts, ItemReport, PackageReport, Stage

__all__ = ["Counts", "FileFacts", "ItemReport", "PackageReport", "Stage"]
