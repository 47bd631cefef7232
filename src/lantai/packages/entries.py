"""A catalogue alone, without its package: what a sender's own database lists, exported as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .catalogue import open_catalogue
from .folder import FolderItems
from .listing import Listing


def read_entries(path: Path) -> Iterator[Mapping[str, str]]:
    """The rows of a spreadsheet or CSV file, each by M-code; cells that are empty are left out.

    Its headings are those of folder packages (``docs/reference/folder-package.md``), in any order.

    Raises:
        Invalid: it is no table, or has no heading 题名.
    """
    items = FolderItems(open_catalogue(path), Listing(), "")
    if not items.headings:
        raise Invalid(
            _("目录里没有找到表头。"),
            subject=path.name,
            remedy=_("请在第一行写明各列名称，含“题名”和“档号”。"),
        )
    for item in items:
        yield {code: value.strip() for code, value in item.metadata.items() if value.strip()}
