"""Scans of whole holdings (扫描件): folders and files named by reference code, matched to entries.

They are an import like any other: received, checked by a dry run, loaded, taken back. A *unit* is
what belongs to one record: a folder of page images, or a file; it takes the place of a row.
"""

from __future__ import annotations

SOURCE = "scans"
"""``Import.source`` of scans."""
