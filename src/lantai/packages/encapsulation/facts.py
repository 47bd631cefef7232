"""What a child of the pool tells of an encapsulation: its elements, its decoded files, what its signatures are over."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lantai.formats.api import Certificate, Hash, SignatureAlgorithm, allow_files

from ..unpack import Limits
from ..xmlfacts import charset_facts, refusal
from ..xmlstream import XmlRefused, XmlStream, local
from ..xmltree import flatten
from .c14n import Canonical, Scopes
from .parsing import parse

SIGNED = "被签名对象"


def eep_facts(path: Path, *, into: str) -> dict[str, Any]:
    """Takes an encapsulation apart; its files are decoded to a folder of its own.

    Args:
        path: the encapsulation.
        into: the folder to make that folder in; made again, it is the same one.
    """
    folder = Path(into) / hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    folder.mkdir(exist_ok=True)
    limits = Limits()
    try:
        with allow_files(limits.total_bytes):
            parsed = parse(path, folder, path.name, limits)
    except XmlRefused as error:
        return refusal(error)
    contents = [
        [order, held.path is not None, held.size_bytes, held.problem]
        for order, held in parsed.contents.items()
    ]
    return {
        "folder": folder.name,
        "tree": flatten(parsed.root),
        "contents": contents,
        "namespace": parsed.namespace,
        **charset_facts(parsed.charset),
    }


def digest_facts(
    path: Path, *, wanted: Sequence[Mapping[str, Any]], methods: Sequence[str]
) -> dict[str, Any]:
    """Digests of the canonical forms of elements; the document's size does not matter.

    Args:
        path: the document.
        wanted: for each, ``element`` and ``order`` among those of its name, ``algorithm`` as the
            signature names it, and the signer's ``certificate`` (Base64 of DER).
        methods: the canonical forms.

    Returns:
        for each wanted its digests in hex by canonical form; none where the key does not fit the algorithm.
    """
    reader = _Reader(wanted, methods)
    try:
        XmlStream(path, reader).run()
    except XmlRefused as error:
        return refusal(error)
    told = [{method: digest.digest().hex() for method, digest in each.items()} for each in reader.digests]
    return {"digests": told}


def place_facts(path: Path) -> dict[str, Any]:
    """The root's name and attributes, where 被签名对象 begins and where the root ends, in bytes as UTF-8."""
    marks = _Marks()
    try:
        marks.stream = XmlStream(path, marks)
        marks.stream.run()
    except XmlRefused as error:
        return refusal(error)
    return {"root": marks.root, "attributes": marks.attributes, "begun": marks.begun, "ended": marks.ended}


class _Reader:
    """Feeds the canonical forms of what is wanted into digests."""

    def __init__(self, wanted: Sequence[Mapping[str, Any]], methods: Sequence[str]) -> None:
        self.digests: list[dict[str, Hash]] = [{} for _each in wanted]
        self._wanted: dict[tuple[str, int], list[int]] = {}
        for place, each in enumerate(wanted):
            self._wanted.setdefault((each["element"], each["order"]), []).append(place)
        self._told = wanted
        self._methods = methods
        self._scopes = Scopes()
        self._seen: dict[str, int] = {}
        self._active: list[Canonical] = []

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """Begins what is wanted, and goes on with what is open."""
        tag = self._scopes.start(name, attributes)
        plain = local(name)
        order = self._seen.get(plain, 0)
        self._seen[plain] = order + 1
        for place in self._wanted.get((plain, order), []):
            self._open(place)
        for canonical in self._active:
            canonical.start(tag)

    def end(self, name: str) -> None:
        """Closes what ends here."""
        self._scopes.end()
        for canonical in self._active:
            canonical.end(name)
        self._active = [canonical for canonical in self._active if not canonical.done]

    def text(self, data: str) -> None:
        """Characters of whatever is open."""
        for canonical in self._active:
            canonical.text(data)

    def instruction(self, target: str, data: str) -> None:
        """A processing instruction within."""
        for canonical in self._active:
            canonical.instruction(target, data)

    def comment(self, data: str) -> None:
        """A comment within."""
        for canonical in self._active:
            canonical.comment(data)

    def _open(self, place: int) -> None:
        certificate = Certificate.read(base64.b64decode(self._told[place]["certificate"]))
        algorithm = SignatureAlgorithm.named(self._told[place]["algorithm"])
        if algorithm is None:
            return
        for method in self._methods:
            try:
                digest = certificate.digest(algorithm)
            except ValueError:
                return  # the certificate's key is none of this algorithm: nothing will verify
            self.digests[place][method] = digest
            self._active.append(Canonical(digest.update, method))


class _Marks:
    """Notes where the signed object stands."""

    def __init__(self) -> None:
        self.stream: XmlStream | None = None
        self.root = ""
        self.attributes: list[str] = []
        self.begun = self.ended = -1
        self._depth = 0

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """The root, and 被签名对象 right below it."""
        self._depth += 1
        if self._depth == 1:
            self.root, self.attributes = name, list(attributes)
        elif self._depth == 2 and local(name) == SIGNED and self.stream:
            self.begun = self.stream.offset

    def end(self, _name: str) -> None:
        """The end of the root."""
        self._depth -= 1
        if self._depth == 0 and self.stream:
            self.ended = self.stream.offset

    def text(self, _data: str) -> None:
        """Nothing to do."""
