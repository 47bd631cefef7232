"""Rewriting the addresses in style sheets."""

from __future__ import annotations

import re
from collections.abc import Callable

_REFERENCE = re.compile(
    r"""(?P<before>\burl\(\s*)(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s"')]*))(?P<after>\s*\))"""
    r"""|(?P<import>@import\s+)(?:"(?P<idouble>[^"\n]*)"|'(?P<isingle>[^'\n]*)')""",
    re.IGNORECASE,
)


def references(css: str) -> list[str]:
    """The addresses a style sheet refers to."""
    return [found for match in _REFERENCE.finditer(css) if (found := _given(match))]


def rewrite_css(css: str, wrap: Callable[[str], str]) -> str:
    """The style sheet with each address replaced by what ``wrap`` makes of it."""

    def replaced(match: re.Match[str]) -> str:
        address = wrap(_given(match)).replace('"', "%22").replace("\n", "")
        if match["import"]:
            return f'{match["import"]}"{address}"'
        quote = "'" if match["single"] is not None else '"' if match["double"] is not None else ""
        return f"{match['before']}{quote}{address.replace(chr(39), '%27')}{quote}{match['after']}"

    return _REFERENCE.sub(replaced, css)


def _given(match: re.Match[str]) -> str:
    names = ("double", "single", "bare", "idouble", "isingle")
    return next((match[name] for name in names if match[name] is not None), "").strip()
