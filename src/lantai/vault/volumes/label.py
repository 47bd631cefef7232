"""The label of a carrier, to print and lay into its case: number, content, what a reader needs in fifty years."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from lantai.core.typesetting import typeset

from .models import OfflineVolume

_TEMPLATE = Path(__file__).parents[1] / "data" / "volume-label.typ"


def label_pdf(volume: OfflineVolume) -> bytes:
    """The label as PDF/A-2b, 120 × 120 mm as a disc's case takes it."""
    data = {
        "number": volume.number,
        "series": volume.series,
        "medium": volume.medium.name,
        "standard": volume.medium.standard,
        "objects": f"{volume.objects_count:,}",
        "bytes": f"{volume.size_bytes:,}",
        "made_at": f"{timezone.localtime(volume.made_at):%Y-%m-%d}",
        "inspect_by": f"{volume.inspect_by:%Y-%m-%d}",
        "place": " ".join(filter(None, [volume.site, volume.place])),
        "holder": volume.holder,
        "sha512": f"{volume.image_sha512[:64]} {volume.image_sha512[64:]}",
        "layout": volume.layout.label,
        "replaces": volume.replaces.number if volume.replaces else "",
    }
    return typeset(_TEMPLATE, data)
