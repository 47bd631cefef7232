"""The door of the formats context (格式): identification, characteristics, rendering, text."""

from .results import UNKNOWN, Characteristics, Examination, Identification, Rendering

__all__ = ["UNKNOWN", "Characteristics", "Examination", "Identification", "Rendering"]
