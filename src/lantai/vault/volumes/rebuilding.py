"""A vault made whole again from a stack of offline volumes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lantai.core.actors import Actor
from lantai.core.errors import LantaiError

from ..models import Copy
from ..rebuild import Rebuilt, rebuild
from .models import OfflineVolume
from .reading import STACK, find_images, mounted_stack
from .registering import adopt_volume


@dataclass(frozen=True, slots=True)
class RebuiltFromVolumes:
    """What came back, and which volumes stand in the register again."""

    rebuilt: Rebuilt
    volumes: Sequence[OfflineVolume]
    not_adopted: Sequence[tuple[Path, str]]


def rebuild_from_volumes(
    paths: Sequence[Path], actor: Actor, observe: Callable[[Rebuilt], None] | None = None
) -> RebuiltFromVolumes:
    """Rebuilds an empty database from volumes, see :func:`~lantai.vault.rebuild.rebuild`.

    The volumes are entered in the register again; content is written to the stores by
    ``lantai vault repair --from-volumes``.
    """
    images = find_images(paths)
    with mounted_stack(images):
        rebuilt = rebuild(STACK, actor, observe)
    Copy.objects.filter(store=STACK).delete()
    volumes, failed = [], []
    for image in images:
        try:
            volumes.append(adopt_volume(path=image, actor=actor))
        except LantaiError as error:
            failed.append((image, str(error)))
    return RebuiltFromVolumes(rebuilt, volumes, failed)
