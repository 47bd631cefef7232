"""Words people read, in the reader's language: also before Django stands, and in its worker processes.

Source strings are Chinese. ``gettext`` translates when it is called; where nothing can be translated
yet (settings being read, a process of the rendering pool) the source stands as it is. ``gettext_noop``
marks words that are kept as data and translated when they are shown.
"""

from __future__ import annotations

import re

from django.apps import apps
from django.utils import translation

_sentences: dict[str, re.Pattern[str]] = {}


def gettext(text: str) -> str:
    """The text in the reader's language; the source while no catalogue can be read."""
    return translation.gettext(text) if apps.apps_ready else text


def gettext_noop(text: str) -> str:
    """The text as it is; marks it for the catalogue."""
    return text


def sentence(template: str) -> str:
    """A sentence with values (``%(count)s``) that is stored filled in; :func:`told` knows it again.

    To be called with a marked text where a module is loaded: ``sentence(gettext_noop("共 %(count)s 件"))``.
    """
    pieces = re.split(r"%\((\w+)\)s", template)
    pattern = "".join(
        f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)
    )
    _sentences[template] = re.compile(pattern, re.DOTALL)
    return template


def told(text: object) -> str:
    """Stored words in the reader's language: fixed ones, and sentences with values that were declared."""
    stored = str(text) if text else ""
    said = gettext(stored) if stored else ""
    if said != stored or not stored or not apps.apps_ready:
        return said
    for template, pattern in _sentences.items():
        found = pattern.fullmatch(stored)
        if found:
            return gettext(template) % {name: told(value) for name, value in found.groupdict().items()}
    return stored
