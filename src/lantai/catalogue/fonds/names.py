"""Names that agencies bore before a reform, so that either finds their records."""

from __future__ import annotations

import time
from functools import lru_cache

from .models import Reform

SHORT = 3
"""Characters that a name without its place must have to stand for an agency."""
ENDINGS = "省市县区旗盟州"
"""What names of divisions end in."""
KEPT_S = 15
"""How long what was read may be asked again, seconds."""


def former_names() -> tuple[tuple[str, str], ...]:
    """Pairs of the name before and the name after, of every reform that took effect."""
    return _read(int(time.monotonic() // KEPT_S))


@lru_cache(maxsize=1)
def _read(_at: int) -> tuple[tuple[str, str], ...]:
    done = Reform.objects.filter(state=Reform.State.DONE).order_by("decided_at")
    pairs: dict[tuple[str, str], None] = {}
    for result in done.values_list("result", flat=True):
        for before, after in result["names"]:
            pairs[before, after] = None
            shared = _place(before, after)
            if min(len(before), len(after)) - shared >= SHORT:  # 水利局 beside 云州市水利局
                pairs[before[shared:], after[shared:]] = None
    return tuple(pairs)


def _place(one: str, other: str) -> int:
    """How many characters both names give to the place they begin with: three of 云州市水利局, 云州市水务局."""
    pairs = enumerate(zip(one, other, strict=False))
    shared = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    return max(one.rfind(ending, 0, shared) + 1 for ending in ENDINGS)


def forget() -> None:
    """Has them read anew at the next question."""
    _read.cache_clear()


def names_beside(word: str) -> tuple[str, ...]:
    """The word with each name in it replaced by the name before or after."""
    found: dict[str, None] = {}
    for before, after in former_names():
        for name, other in ((before, after), (after, before)):
            if name in word:
                found[word.replace(name, other)] = None
    return tuple(found)
