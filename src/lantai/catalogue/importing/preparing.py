"""What another process does before it can take part. Imports nothing that must be prepared first."""

from __future__ import annotations

import os


def prepare() -> None:
    """Readies a process that was started afresh."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    django.setup()
