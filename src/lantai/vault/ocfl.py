"""OCFL 1.1: where an object lies, what its inventory says, which files declare it.

Pure computation on names and bytes; the stores do the writing. ``ocfl_validation`` validates.

Clauses are those of the Oxford Common File Layout Specification 1.1.0.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lantai.core.digests import Digests
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha512"
OBJECT_DECLARATION = ("0=ocfl_object_1.1", b"ocfl_object_1.1\n")
INVENTORY_TYPE = "https://ocfl.io/1.1/spec/#inventory"
CONTENT = "content"

_LAYOUT = "0004-hashed-n-tuple-storage-layout"
_LAYOUT_CONFIG = {
    "extensionName": _LAYOUT,
    "digestAlgorithm": "sha256",
    "tupleSize": 2,
    "numberOfTuples": 2,
    "shortObjectRoot": False,
}
_SM3 = "lantai-sm3-digest"
_SM3_CONFIG = {
    "extensionName": _SM3,
    "digests": {"sm3": {"standard": "GB/T 32905-2016", "encoding": "64 lower-case hexadecimal digits"}},
}

ROOT_FILES: Mapping[str, bytes] = {
    "0=ocfl_1.1": b"ocfl_1.1\n",
    "ocfl_layout.json": json.dumps(
        {
            "extension": _LAYOUT,
            "description": "An object lies under the SHA-256 of its identifier, below two folders of two digits.",
        },
        indent=2,
    ).encode(),
    f"extensions/{_LAYOUT}/config.json": json.dumps(_LAYOUT_CONFIG, indent=2).encode(),
    # §3.5.4: a fixity algorithm outside the specification's table has to be defined by an extension.
    f"extensions/{_SM3}/config.json": json.dumps(_SM3_CONFIG, indent=2).encode(),
}
"""What makes a folder a storage root (§4), by path."""


def object_path(object_id: str) -> str:
    """Where an object lies below its storage root (extension 0004, tuples 2 × 2)."""
    digest = hashlib.sha256(object_id.encode()).hexdigest()
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


@dataclass(frozen=True, slots=True)
class Agent:
    """Who made a version: a name and a URI (§3.5.3)."""

    name: str
    address: str


class Inventory:
    """An object's inventory (§3.5), grown version by version.

    Content that an earlier version holds is never stored again (forward delta): a new version's
    state points at the old path.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @classmethod
    def start(cls, object_id: str) -> Inventory:
        """The inventory of an object that has no version yet."""
        return cls(
            {
                "id": object_id,
                "type": INVENTORY_TYPE,
                "digestAlgorithm": "sha512",
                "contentDirectory": CONTENT,
                "head": "v0",
                "manifest": {},
                "versions": {},
                "fixity": {"sha256": {}, "sm3": {}},
            }
        )

    @classmethod
    def parse(cls, content: bytes) -> Inventory:
        """Reads an inventory that can be navigated.

        Raises:
            Invalid: it is not JSON, or lacks what navigation needs; ``ocfl_validation`` says more.
        """
        try:
            document = json.loads(content)
            inventory = cls(document)
            inventory.state()
            paths = [path for group in document["manifest"].values() for path in group]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Invalid(_("对象清单无法解析。"), subject=INVENTORY) from error
        for path in paths:
            require_safe_path(path)
        return inventory

    @property
    def id(self) -> str:
        """The object's identifier, a URI."""
        return str(self.document["id"])

    @property
    def head(self) -> str:
        """The newest version's folder, such as ``v2``."""
        return str(self.document["head"])

    @property
    def number(self) -> int:
        """The newest version's number."""
        return int(self.head[1:])

    @property
    def created(self) -> str:
        """When the newest version was made (RFC 3339)."""
        return str(self.document["versions"][self.head]["created"])

    @property
    def algorithm(self) -> str:
        """The digest the manifest is keyed by: ``sha512`` in ours, also ``sha256`` in others'."""
        return str(self.document["digestAlgorithm"])

    def state(self, version: str = "") -> dict[str, str]:
        """Logical path → digest in a version, the newest by default."""
        state = self.document["versions"][version or self.head]["state"]
        return {path: digest for digest, paths in state.items() for path in paths}

    def content_path(self, logical_path: str, version: str = "") -> str:
        """Where a logical path's bytes lie, below the object's root.

        Raises:
            KeyError: the version has no such path.
        """
        paths: list[str] = self.document["manifest"][self.state(version)[logical_path]]
        return next((path for path in paths if path.endswith(f"/{logical_path}")), paths[0])

    def manifest(self) -> Iterator[tuple[str, str]]:
        """Every content path of every version with its digest."""
        for digest, paths in self.document["manifest"].items():
            for path in paths:
                yield path, digest

    def add_version(
        self, files: Mapping[str, Digests], *, created: datetime, message: str, agent: Agent
    ) -> dict[str, str]:
        """Adds a version with exactly these logical paths.

        Returns:
            Logical path → content path for the bytes that have to be stored; paths whose bytes
            the object already holds are left out.
        """
        head = f"v{self.number + 1}"
        manifest, fixity = self.document["manifest"], self.document["fixity"]
        held = set(manifest)
        state: dict[str, list[str]] = {}
        to_store: dict[str, str] = {}
        for path, digests in files.items():
            require_safe_path(path)
            state.setdefault(digests.sha512, []).append(path)
            if digests.sha512 in held:
                continue
            stored = f"{head}/{CONTENT}/{path}"
            # Two equal files of one version are both kept: a folder of pages stays whole.
            manifest.setdefault(digests.sha512, []).append(stored)
            fixity["sha256"].setdefault(digests.sha256, []).append(stored)
            fixity["sm3"].setdefault(digests.sm3, []).append(stored)
            to_store[path] = stored
        self.document["head"] = head
        self.document["versions"][head] = {
            "created": created.isoformat(timespec="seconds"),
            "message": message,
            "user": {"name": agent.name, "address": agent.address},
            "state": state,
        }
        return to_store

    def to_bytes(self) -> bytes:
        """The file's bytes; the same inventory always gives the same bytes."""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def fixity_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Algorithm, digest and content path of everything a fixity block states in a usable form."""
    fixity = document.get("fixity")
    for algorithm, block in (fixity if isinstance(fixity, dict) else {}).items():
        for digest, paths in (block if isinstance(block, dict) else {}).items():
            for path in paths if isinstance(paths, list) else ():
                if isinstance(path, str):
                    yield algorithm, digest, path


def version_files(inventory: Inventory) -> dict[str, bytes]:
    """The files, beside content, that the inventory's newest version adds or replaces (§3.3, §3.7)."""
    content = inventory.to_bytes()
    sidecar = f"{hashlib.sha512(content).hexdigest()} {INVENTORY}\n".encode()
    files = {
        f"{inventory.head}/{INVENTORY}": content,
        f"{inventory.head}/{SIDECAR}": sidecar,
        INVENTORY: content,
        SIDECAR: sidecar,
    }
    if inventory.number == 1:
        files[OBJECT_DECLARATION[0]] = OBJECT_DECLARATION[1]
    return files


def printable(path: str) -> str:
    """A path as it can be written down anywhere; bytes that are not UTF-8 by their hexadecimal values."""
    try:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a character, as JSON may state it; no file has such a name
        return path.encode("utf-8", "backslashreplace").decode()


def require_safe_path(path: str) -> None:
    """Refuses a path that could lead outside its object (§3.5.2, §3.5.3.1)."""
    if not path or path.startswith("/") or any(part in {"", ".", ".."} for part in path.split("/")):
        raise Invalid(_("对象清单中的路径不安全。"), subject=path)


def sidecar_digest(content: bytes) -> str:
    """The digest in an inventory's sidecar (§3.7).

    Raises:
        Invalid: the file has another form.
    """
    match = re.fullmatch(rb"([0-9a-fA-F]+)[ \t]+inventory\.json\n?", content)
    if not match:
        raise Invalid(_("清单校验文件格式不对。"), subject=SIDECAR)
    return match[1].decode().lower()
