"""Writing web archives by warcio: WARC 1.1, compressed record by record, with digests."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded where an archive is written
    from warcio.warcwriter import WARCWriter

_VERSION = "WARC/1.1"


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """One HTTP exchange as it went over the wire.

    Attributes:
        uri: address asked for.
        status_line: such as ``HTTP/1.1 200 OK``.
        headers: of the response, in order; names may repeat.
        body: of the response, as transferred but without chunks.
        captured_at: when it was asked for, with a zone.
        request_line: such as ``GET / HTTP/1.1``; empty to keep no request.
        request_headers: of the request, in order.
        ip_address: of the server, where it is known.
        notes: how it came to be asked for (``via``, ``hopsFromSeed``, ``fetchTimeMs``); kept as metadata.
    """

    uri: str
    status_line: str
    headers: tuple[tuple[str, str], ...]
    body: IO[bytes]
    captured_at: datetime
    request_line: str = ""
    request_headers: tuple[tuple[str, str], ...] = ()
    ip_address: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


def write_warc(
    output: IO[bytes], exchanges: Iterable[HttpExchange], *, filename: str, description: Mapping[str, str]
) -> int:
    """Writes a warcinfo record and each exchange as response, with request and metadata where there are any.

    Args:
        output: open for writing; bodies are streamed into it, and closed.
        exchanges: in the order they are to be kept.
        filename: name of the archive, for its warcinfo.
        description: fields of the warcinfo, such as ``software`` and ``operator``.

    Returns:
        number of responses written.
    """
    from warcio.warcwriter import WARCWriter

    writer = WARCWriter(output, gzip=True, warc_version=_VERSION)
    _write(writer, writer.create_warcinfo_record(filename, dict(description)))
    count = 0
    for exchange in exchanges:
        response = _response(writer, exchange)
        request = _request(writer, exchange, response) if exchange.request_line else None
        _write(writer, response)
        if request is not None:
            _write(writer, request)
        if exchange.notes:
            _write(writer, _metadata(writer, exchange, response))
        count += 1
    return count


def _write(writer: WARCWriter, record: Any) -> None:
    """Writes a record and closes the temporary file warcio measured it in."""
    writer.write_record(record)
    if record.raw_stream is not None:
        record.raw_stream.close()


def _response(writer: WARCWriter, exchange: HttpExchange) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    protocol, _, rest = exchange.status_line.partition(" ")
    headers = [(name, value) for name, value in exchange.headers if name.lower() != "transfer-encoding"]
    return writer.create_warc_record(
        exchange.uri,
        "response",
        payload=exchange.body,
        http_headers=StatusAndHeaders(rest, headers, protocol=protocol),
        warc_headers_dict=_named(exchange),
    )


def _request(writer: WARCWriter, exchange: HttpExchange, response: Any) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    headers = StatusAndHeaders(exchange.request_line, [*exchange.request_headers], is_http_request=True)
    named = {**_named(exchange), "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID")}
    return writer.create_warc_record(exchange.uri, "request", http_headers=headers, warc_headers_dict=named)


def _metadata(writer: WARCWriter, exchange: HttpExchange, response: Any) -> Any:
    lines = "".join(f"{name}: {value}\r\n" for name, value in exchange.notes.items())
    named = {**_named(exchange), "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID")}
    return writer.create_warc_record(
        exchange.uri,
        "metadata",
        payload=io.BytesIO(lines.encode()),
        warc_content_type="application/warc-fields",
        warc_headers_dict=named,
    )


def _named(exchange: HttpExchange) -> dict[str, str]:
    fields = {"WARC-Date": exchange.captured_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    if exchange.ip_address:
        fields["WARC-IP-Address"] = exchange.ip_address
    return fields
