"""The pages of description beside each other: one row of tabs on each."""

from __future__ import annotations

from lantai.core.language import gettext as _
from lantai.ui.api import address_of


def description_tabs(current: str) -> list[tuple[str, str, bool]]:
    """Words, address and whether one is there, for every page.

    Args:
        current: URL name of the page shown.
    """
    pages = [
        ("catalogue:quality", _("质量")),
        ("catalogue:edits", _("成批修改")),
        ("catalogue:proposals", _("著录建议")),
        ("catalogue:authorities", _("规范档")),
        ("catalogue:vocabularies", _("词表")),
        ("catalogue:templates", _("著录模板")),
    ]
    return [(words, url, name == current) for name, words in pages if (url := address_of(name))]
