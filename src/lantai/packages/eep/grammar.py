"""Content models of DA/T 48 (``data/eep.toml``) as patterns over the names of an element's children."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ..rules import kind_data
from ..xmltree import Node

_TOKEN = re.compile(r"([^\s()|?*+]+)([?*+]?)")


@dataclass(frozen=True, slots=True)
class Model:
    """What may stand in an element, and in which order.

    Attributes:
        text: the model as the data file has it.
        pattern: over ``<name><name>…``.
        names: every name in it, in order.
        required: names that stand in every instance.
    """

    text: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    required: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Model:
        """Compiles a model."""
        pattern = _TOKEN.sub(lambda found: f"(?:<{re.escape(found[1])}>){found[2]}", text)
        bare = re.sub(r"\([^()]*(?:\([^()]*\))?[^()]*\)[?*]?|\([^()]*\|[^()]*\)", " ", text)
        return cls(
            text,
            re.compile(re.sub(r"\s+", "", pattern)),
            tuple(found[1] for found in _TOKEN.finditer(text)),
            tuple(found[1] for found in _TOKEN.finditer(bare) if found[2] in {"", "+"}),
        )

    def problem(self, children: Sequence[str]) -> str:
        """What is wrong with the children, in words; empty when nothing is."""
        if self.pattern.fullmatch("".join(f"<{name}>" for name in children)):
            return ""
        there = set(children)
        missing = [name for name in self.required if name not in there]
        unknown = [name for name in dict.fromkeys(children) if name not in self.names]
        told = [f"缺少“{'、'.join(missing)}”"] if missing else []
        told += [f"多出“{'、'.join(unknown[:5])}”"] if unknown else []
        return "；".join(told) or f"次序或个数不符：{_shortened(children)}"


@cache
def models() -> dict[str, Model]:
    """Models by element name."""
    return {name: Model.of(text) for name, text in kind_data("eep")["models"].items()}


def check_models(root: Node) -> Iterator[tuple[Node, Model, str]]:
    """Every element that does not fit its model, with what is wrong."""
    known = models()
    for node in root.walk():
        model = known.get(node.name)
        problem = model.problem([child.name for child in node.children]) if model else ""
        if model and problem:
            yield node, model, problem


def _shortened(names: Sequence[str]) -> str:
    runs: list[list[object]] = []
    for name in names:
        if runs and runs[-1][0] == name:
            runs[-1][1] = int(str(runs[-1][1])) + 1
        else:
            runs.append([name, 1])
    words = [f"{name}×{count}" if count != 1 else str(name) for name, count in runs]
    return " ".join(words[:12]) + (" …" if len(words) > 12 else "")
