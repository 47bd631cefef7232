"""Words people read, in the reader's language: also before Django stands, and in its worker processes.

Source strings are Chinese. ``gettext`` translates when it is called; where nothing can be translated
yet (settings being read, a process of the rendering pool) the source stands as it is. ``gettext_noop``
marks words that are kept as data and translated when they are shown. Findings are filed as Chinese
sentences with their values in them (``共 3 件``); :func:`told` knows each by its template and says it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from django.apps import apps
from django.utils import translation
from django.utils.translation import trans_real

_VALUE = re.compile(r"%\((\w+)\)s")
_RECORDED = "recorded\x04"
"""How the catalogue's keys begin that are templates of findings (``scripts/messages.py``)."""
_declared: list[_Sentence] = []
_known: WeakKeyDictionary[trans_real.DjangoTranslation, list[_Sentence]] = WeakKeyDictionary()


def gettext(text: str) -> str:
    """The text in the reader's language; the source while no catalogue can be read."""
    return translation.gettext(text) if apps.apps_ready else text


def gettext_noop(text: str) -> str:
    """The text as it is; marks it for the catalogue."""
    return text


_JOINTS = (gettext_noop("；"), gettext_noop("、"), " ")
"""What stands between several words or sentences that are stored as one text."""


def sentence(template: str) -> str:
    """A sentence with values (``%(count)s``) that is stored filled in; :func:`told` knows it again.

    To be called with a marked text where a module is loaded: ``sentence(gettext_noop("共 %(count)s 件"))``.
    """
    _declared.append(_sentence(template))
    return template


def told(text: object) -> str:
    """Stored words in the reader's language: fixed ones, sentences with values, and several joined."""
    stored = str(text) if text else ""
    said = gettext(stored) if stored else ""
    if said != stored or not stored or not apps.apps_ready:
        return said
    for known in (*_sentences(), *_declared):
        values = known.read(stored)
        if values is not None:
            template = known.said or gettext(known.template)
            return template % {name: known.tell(name, value) for name, value in values.items()}
    for joint in _JOINTS:
        pieces = stored.split(joint)
        again = [told(piece) for piece in pieces] if len(pieces) > 1 else pieces
        if again != pieces or (len(pieces) > 1 and "".join(pieces).isascii()):
            return gettext(joint).join(again)
    return stored


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A template, how its filled-in form is recognised, and how it is said; empty looks it up."""

    template: str
    pattern: re.Pattern[str]
    anchor: str
    said: str = ""

    def read(self, stored: str) -> dict[str, str] | None:
        """The values in a filled-in sentence; ``None`` where it is another."""
        found = self.pattern.fullmatch(stored) if self.anchor in stored else None
        return found.groupdict() if found else None

    def vagueness(self) -> tuple[int, int]:
        """Sentences with more words of their own, and with fewer values, are tried first."""
        return -len(_VALUE.sub("", self.template)), self.pattern.groups

    def tell(self, name: str, value: str) -> str:
        """A value in the reader's language; a title (《…》) is somebody's own words."""
        return value if f"《%({name})s》" in self.template else told(value)


_QUOTED = "“%(words)s”"


def _sentence(template: str, said: str = "") -> _Sentence:
    pieces = _VALUE.split(template)
    fixed = [piece.replace("%%", "%") for piece in pieces[::2]]
    pattern = re.escape(fixed[0]) + "".join(
        f"(?P<{name}>.*?){re.escape(text)}" for name, text in zip(pieces[1::2], fixed[1:], strict=True)
    )
    return _Sentence(template, re.compile(pattern, re.DOTALL), max(fixed, key=len), said)


def _sentences() -> list[_Sentence]:
    """The templates of findings in the reader's catalogue, the most definite first."""
    catalogue = trans_real.translation(translation.get_language() or "zh-hans")
    if catalogue not in _known:
        found = [
            _sentence(key.removeprefix(_RECORDED), said)
            for key, said in catalogue._catalog.items()  # type: ignore[attr-defined]
            if isinstance(key, str) and key.startswith(_RECORDED)
        ]
        _known[catalogue] = sorted(found, key=_Sentence.vagueness)
    return _known[catalogue]


sentence(_QUOTED)
