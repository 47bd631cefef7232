"""The HTML of a message made harmless: it shows what the message holds and refers to nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from ..replay.addresses import Wrapper
from ..replay.html import rewrite_html

_HEAD = '<!doctype html><meta charset="utf-8">'
_NOTHING = "data:,"


@dataclass(frozen=True, slots=True)
class Enclosed(Wrapper):
    """Leads pictures to those the message encloses (RFC 2392) and everything else nowhere."""

    pictures: Mapping[str, str]

    def at(self, base: str) -> Enclosed:  # noqa: ARG002 - a message has no base
        """The same: nothing is relative to anything."""
        return self

    def __call__(self, given: str) -> str:
        """The picture meant, an anchor within the message, or nothing."""
        bare = given.strip()
        if bare.lower().startswith("cid:"):
            return self.pictures.get(unquote(bare[4:]), _NOTHING)
        if bare.startswith("#") or bare.lower().startswith("data:image/"):
            return bare
        return _NOTHING


def harmless(html: str, pictures: Mapping[str, str]) -> str:
    """A page to be shown in a sandboxed frame.

    Args:
        html: as the sender sent it.
        pictures: ``data:`` addresses by Content-ID.
    """
    return _HEAD + rewrite_html(html, Enclosed("", "", "", pictures))
