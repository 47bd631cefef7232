"""The vault's door: what other contexts may use."""

from .events import RecordsIngested
from .models import Copy, VaultObject

__all__ = ["Copy", "RecordsIngested", "VaultObject"]
