"""Words people read, in the reader's language: also before Django stands, and in its worker processes.

Source strings are Chinese. ``gettext`` translates when it is called; where nothing can be translated
yet (settings being read, a process of the rendering pool) the source stands as it is. ``gettext_noop``
marks words that are kept as data and translated when they are shown.
"""

from __future__ import annotations

from django.apps import apps
from django.utils import translation


def gettext(text: str) -> str:
    """The text in the reader's language; the source while no catalogue can be read."""
    return translation.gettext(text) if apps.apps_ready else text


def gettext_noop(text: str) -> str:
    """The text as it is; marks it for the catalogue."""
    return text


def told(text: object) -> str:
    """Stored words in the reader's language where they are fixed; words with values stay as they are."""
    return gettext(str(text)) if text else ""
