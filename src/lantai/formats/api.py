"""The door of the formats context (格式): identification, properties, drawing, text.

Files are opened in child processes with limits, whoever asks.
"""

from .adapters.siegfried import signature_version
from .adapters.warcio_writer import HttpExchange, write_warc
from .alto import AltoPage
from .charsets import decode_name, decode_text, detect_charset
from .conversion import Converter, Judged, convert, converter_named, converters
from .identification import identify, identify_many
from .mail import UNREADABLE as UNREADABLE_MESSAGE
from .mail import (
    MessageFacts,
    MessageShown,
    TakenOut,
    is_mbox,
    read_messages,
    show_message,
    split_mbox,
    take_out_attachments,
)
from .mail.defects import INCOMPLETE as INCOMPLETE_MESSAGE
from .mail.defects import Defect as MessageDefect
from .media import MediaFacts, read_media_facts
from .memory import allow_files, allow_memory
from .policy import accepted_names, family_of, is_accepted, is_longterm
from .pooled import (
    Known,
    call_in_pool,
    characterise,
    draw_page,
    examine_many,
    extract_text,
    extract_texts,
    facts_of,
    find_places,
    identify_in_pool,
    read_alto,
    read_table,
    render_check,
    strip_ofd,
    verify_signatures,
)
from .preservation import Preservation, format_registry, preservation_of
from .results import UNKNOWN, Characteristics, Examination, Identification, Rendering
from .signatures import SignatureFacts, is_detached
from .signatures.certificates import (
    Certificate,
    Hash,
    SignatureAlgorithm,
    is_trusted,
    leaf_of,
    read_roots,
)
from .tables import Table
from .validation import longterm_verdicts
from .warc import (
    CapturedFile,
    Located,
    WarcFacts,
    WarcRecord,
    decode_page,
    is_warc,
    iter_warc,
    locate_captures,
    read_capture,
    survey_warcs,
)
from .xml import parse_xml

__all__ = [
    "INCOMPLETE_MESSAGE",
    "UNKNOWN",
    "UNREADABLE_MESSAGE",
    "AltoPage",
    "CapturedFile",
    "Certificate",
    "Characteristics",
    "Converter",
    "Examination",
    "Hash",
    "HttpExchange",
    "Identification",
    "Judged",
    "Known",
    "Located",
    "MediaFacts",
    "MessageDefect",
    "MessageFacts",
    "MessageShown",
    "Preservation",
    "Rendering",
    "SignatureAlgorithm",
    "SignatureFacts",
    "Table",
    "TakenOut",
    "WarcFacts",
    "WarcRecord",
    "accepted_names",
    "allow_files",
    "allow_memory",
    "call_in_pool",
    "characterise",
    "convert",
    "converter_named",
    "converters",
    "decode_name",
    "decode_page",
    "decode_text",
    "detect_charset",
    "draw_page",
    "examine_many",
    "extract_text",
    "extract_texts",
    "facts_of",
    "family_of",
    "find_places",
    "format_registry",
    "identify",
    "identify_in_pool",
    "identify_many",
    "is_accepted",
    "is_detached",
    "is_longterm",
    "is_mbox",
    "is_trusted",
    "is_warc",
    "iter_warc",
    "leaf_of",
    "locate_captures",
    "longterm_verdicts",
    "parse_xml",
    "preservation_of",
    "read_alto",
    "read_capture",
    "read_media_facts",
    "read_messages",
    "read_roots",
    "read_table",
    "render_check",
    "show_message",
    "signature_version",
    "split_mbox",
    "strip_ofd",
    "survey_warcs",
    "take_out_attachments",
    "verify_signatures",
    "write_warc",
]
