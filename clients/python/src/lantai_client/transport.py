"""HTTP that is patient: a call is repeated until it is answered or patience is over."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .answers import Refused, Unreachable

Body = Callable[[], Iterable[bytes]]
_AWAY = frozenset({408, 429, 500, 502, 503, 504})
_NOTHING_DONE = frozenset({429, 503})
LONGEST_PAUSE_S = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Transport:
    """Calls to one platform with one key.

    Attributes:
        base_url: such as ``https://archives.example.gov.cn``.
        key: the API key.
        timeout_s: for one pause of the other side.
        patience_s: for one call with all its repetitions.
    """

    base_url: str
    key: str = field(repr=False)
    timeout_s: float = 60.0
    patience_s: float = 300.0

    def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        length: int = 0,
        allow: frozenset[int] = frozenset(),
        *,
        repeatable: bool = True,
    ) -> Answer:
        """Calls until it is answered, with growing pauses or those the platform asks for (429, 503).

        Args:
            method: HTTP method.
            path: below the base address.
            headers: besides authorisation and length.
            body: makes the body anew for each try.
            length: of the body, bytes.
            allow: statuses the caller deals with itself.
            repeatable: whether doing it twice is the same as once. What is not is repeated only if
                the platform said that it did nothing, or could not be reached at all.

        Raises:
            Refused: the platform says no.
            Unreachable: nobody answered in time.
        """
        ends_at = time.monotonic() + self.patience_s
        tries = 0
        while True:
            tries += 1
            try:
                answer = self.once(method, path, headers, body, length)
                why: object = f"HTTP {answer.status}"
            except (OSError, http.client.HTTPException) as error:
                if not repeatable and not isinstance(error, ConnectionRefusedError):
                    raise Unreachable(f"{method} {path}: {error}; it may have been done") from error
                answer, why = None, error
            if answer and (answer.status < 400 or answer.status in allow):
                return answer
            if answer and answer.status not in (_AWAY if repeatable else _NOTHING_DONE):
                raise _refusal(answer)
            pause = _pause(tries, answer)
            if time.monotonic() + pause > ends_at:
                raise Unreachable(f"{method} {path}: {why}")
            time.sleep(pause)

    def send_json(
        self,
        method: str,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None = None,
        *,
        repeatable: bool = True,
    ) -> Answer:
        """Calls with a JSON body; otherwise as :meth:`call`."""
        data = json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self.call(method, path, sent, lambda: [data], len(data), repeatable=repeatable)

    def once(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        length: int = 0,
    ) -> Answer:
        """Calls once."""
        parts = urlsplit(self.base_url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=self.timeout_s)
        try:
            sent = {"Authorization": f"Bearer {self.key}", "Connection": "close", **(headers or {})}
            if body is not None or method in {"POST", "PUT", "PATCH"}:
                sent["Content-Length"] = str(length)
            connection.request(method, parts.path.rstrip("/") + path, body() if body else None, sent)
            response = connection.getresponse()
            content = response.read()
            if _is_cut(method, response):
                raise http.client.IncompleteRead(content)
            return Answer(response.status, response.headers, content)
        finally:
            connection.close()


def _is_cut(method: str, response: http.client.HTTPResponse) -> bool:
    """Whether the connection ended within the headers: the length every body comes with is not there."""
    if method == "HEAD" or response.status in {204, 304}:
        return False
    return "Content-Length" not in response.headers and "Transfer-Encoding" not in response.headers


def _pause(tries: int, answer: Answer | None) -> float:
    asked = answer.headers.get("Retry-After", "") if answer else ""
    if asked.isascii() and asked.isdigit():
        return float(min(int(asked), 300))
    return min(LONGEST_PAUSE_S, 0.1 * 2 ** min(tries, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def _refusal(answer: Answer) -> Refused:
    try:
        said = answer.json()
    except ValueError:
        said = {}
    if not isinstance(said, dict) or "message" not in said:
        said = {"message": f"HTTP {answer.status}"}
    return Refused(answer.status, *(str(said.get(name, "")) for name in ("message", "subject", "remedy")))
