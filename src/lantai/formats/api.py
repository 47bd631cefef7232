"""The door of the formats context (格式): identification, properties, drawing, text.

Files are opened in child processes with limits, whoever asks.
"""

from .adapters.siegfried import signature_version
from .charsets import decode_name, decode_text, detect_charset
from .identification import identify, identify_many
from .policy import accepted_names, family_of, is_accepted, is_longterm
from .pooled import (
    Known,
    characterise,
    draw_page,
    examine_many,
    extract_text,
    extract_texts,
    facts_of,
    read_table,
    render_check,
)
from .results import UNKNOWN, Characteristics, Examination, Identification, Rendering
from .tables import Table
from .xml import parse_xml

__all__ = [
    "UNKNOWN",
    "Characteristics",
    "Examination",
    "Identification",
    "Known",
    "Rendering",
    "Table",
    "accepted_names",
    "characterise",
    "decode_name",
    "decode_text",
    "detect_charset",
    "draw_page",
    "examine_many",
    "extract_text",
    "extract_texts",
    "facts_of",
    "family_of",
    "identify",
    "identify_many",
    "is_accepted",
    "is_longterm",
    "parse_xml",
    "read_table",
    "render_check",
    "signature_version",
]
