"""The door of the formats context (格式): identification, properties, drawing, text.

Files are opened in child processes with limits, whoever asks.
"""

from .adapters.siegfried import signature_version
from .adapters.warcio_writer import HttpExchange, write_warc
from .charsets import decode_name, decode_text, detect_charset
from .identification import identify, identify_many
from .mail import UNREADABLE as UNREADABLE_MESSAGE
from .mail import MessageFacts, is_mbox, read_messages, split_mbox
from .mail.defects import INCOMPLETE as INCOMPLETE_MESSAGE
from .mail.defects import Defect as MessageDefect
from .policy import accepted_names, family_of, is_accepted, is_longterm
from .media import MediaFacts, read_media_facts
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
from .warc import WarcFacts, WarcRecord, is_warc, iter_warc, survey_warcs
from .xml import parse_xml

__all__ = [
    "INCOMPLETE_MESSAGE",
    "UNKNOWN",
    "UNREADABLE_MESSAGE",
    "Characteristics",
    "Examination",
    "HttpExchange",
    "Identification",
    "Known",
    "MediaFacts",
    "MessageDefect",
    "MessageFacts",
    "Rendering",
    "Table",
    "WarcFacts",
    "WarcRecord",
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
    "is_mbox",
    "is_warc",
    "iter_warc",
    "parse_xml",
    "read_media_facts",
    "read_messages",
    "read_table",
    "render_check",
    "signature_version",
    "split_mbox",
    "survey_warcs",
    "write_warc",
]
