"""The client: submit an item or a package, wait for it, look back; find, read and describe records."""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

from .answers import Refused, Submission, Unreachable
from .catalogue import API as _API
from .catalogue import Catalogue
from .forms import Form, read_piece
from .transport import Answer, Transport

_TUS = {"Tus-Resumable": "1.0.0"}
_PIECE_BYTES = 8 * 2**20
_GONE = frozenset({404, 410})


class Lantai(Catalogue):
    """A program's way to the platform.

    Args:
        base_url: such as ``https://archives.example.gov.cn``.
        key: the API key, ``ltk_…``.
        timeout_s: how long one pause of the other side may last, seconds.
        patience_s: how long a call is repeated while nobody answers, seconds.
    """

    def __init__(self, base_url: str, key: str, *, timeout_s: float = 60, patience_s: float = 300) -> None:
        super().__init__()
        self._http = Transport(base_url.rstrip("/"), key, timeout_s, patience_s)

    def submit_item(
        self,
        metadata: Mapping[str, str],
        files: Sequence[str | Path],
        *,
        key: str,
        department: str = "",
        previous: str = "",
        callback: str = "",
    ) -> Submission:
        """Files one record.

        Args:
            metadata: catalogue columns (题名, 责任者, 日期, …) to values.
            files: in order; the first is the body.
            key: the sender's own id of this matter and version; sent again it files nothing twice.
            department: code of the department it comes from.
            previous: id of the submission whose returned item this mends.
            callback: where to tell that it is finished, if not at the registered address.

        Raises:
            Refused: the platform says no.
            Unreachable: nobody answered; call again later with the same key.
        """
        fields = {"metadata": json.dumps(dict(metadata), ensure_ascii=False), "department": department}
        fields |= {"previous": previous, "callback": callback}
        form = Form(fields, {"files": list(map(Path, files))})
        headers = {"Idempotency-Key": key, "Content-Type": form.content_type}
        answer = self._http.call("POST", f"{_API}/items", headers, form.pieces, form.length)
        return Submission.read(answer.json())

    def submit_package(
        self,
        path: str | Path,
        *,
        key: str,
        title: str = "",
        department: str = "",
        previous: str = "",
        callback: str = "",
        uploads: MutableMapping[str, str] | None = None,
    ) -> Submission:
        """Sends a package (ZIP, TAR) of any size and goes on where it was cut off.

        Args:
            path: the package.
            key: as for :meth:`submit_item`, and so are the rest.
            title: what the batch is called; the file's name unless given.
            department: see there.
            previous: see there.
            callback: see there.
            uploads: where ids of unfinished uploads stand by key; one that outlives this process
                lets the next one go on.
        """
        known = self.find(key)  # a call repeated after everything was sent
        if known is not None:
            return known
        unfinished: MutableMapping[str, str] = {} if uploads is None else uploads
        upload = self._upload(Path(path), key, unfinished)
        fields = {"upload": upload, "title": title, "department": department}
        fields |= {"previous": previous, "callback": callback}
        given = {name: text for name, text in fields.items() if text}
        headers = {"Idempotency-Key": key}
        answer = self._http.send_json("POST", f"{_API}/submissions", given, headers)
        unfinished.pop(key, None)
        return Submission.read(answer.json())

    def submission(self, submission_id: str) -> Submission:
        """What became of a submission, as of now."""
        return Submission.read(self._http.call("GET", f"{_API}/submissions/{submission_id}").json())

    def find(self, key: str) -> Submission | None:
        """The submission sent under a key, if one was."""
        return next(self._list({"key": key}), None)

    def history(self, *, state: str = "") -> Iterator[Submission]:
        """All submissions of the agency, newest first; ``returned`` of each is left out."""
        return self._list({"state": state} if state else {})

    def wait(self, submission_id: str, *, timeout_s: float = 600) -> Submission:
        """Polls until a submission is finished.

        Raises:
            TimeoutError: it is not, after ``timeout_s`` seconds.
        """
        ends_at = time.monotonic() + timeout_s
        etag = ""
        while True:
            headers = {"If-None-Match": etag} if etag else {}
            answer = self._http.call("GET", f"{_API}/submissions/{submission_id}", headers)
            if answer.status != http.client.NOT_MODIFIED:
                found = Submission.read(answer.json())
                etag = answer.headers.get("ETag") or ""
                if found.finished:
                    return found
            pause = float(answer.headers.get("Retry-After", "2"))
            if time.monotonic() + pause > ends_at:
                raise TimeoutError(f"submission {submission_id} is not finished")
            time.sleep(pause)

    def register_callback(self, url: str) -> str:
        """Has the platform tell ``url`` when submissions are finished; returns the signing secret."""
        answer = self._http.send_json("PUT", f"{_API}/callback", {"url": url})
        return str(answer.json()["secret"])

    def _list(self, given: dict[str, str]) -> Iterator[Submission]:
        at = ""
        while True:
            query = urlencode({**given, **({"at": at} if at else {})})
            page = self._http.call("GET", f"{_API}/submissions?{query}").json()
            yield from map(Submission.read, page["submissions"])
            at = page["next"] or ""
            if not at:
                return

    def _upload(self, path: Path, key: str, unfinished: MutableMapping[str, str]) -> str:
        """Sends a file whole, however often it is cut off; returns the upload's id."""
        length = path.stat().st_size
        ends_at = time.monotonic() + self._http.patience_s
        while True:
            if key not in unfinished:
                unfinished[key] = self._begin(path, length)
            address = f"{_API}/uploads/{unfinished[key]}"
            standing = self._http.call("HEAD", address, _TUS, allow=_GONE)
            if standing.status in _GONE:
                del unfinished[key]
                continue
            offset = int(standing.headers["Upload-Offset"])
            while offset < length:
                moved = self._send_piece(path, address, offset, min(_PIECE_BYTES, length - offset))
                if moved is None:
                    break
                offset, ends_at = moved, time.monotonic() + self._http.patience_s
            else:
                return unfinished[key]
            if time.monotonic() > ends_at:
                raise Unreachable(f"{path.name}: {offset} of {length} bytes sent")
            time.sleep(0.2)

    def _begin(self, path: Path, length: int) -> str:
        name = base64.b64encode(path.name.encode()).decode()
        headers = {**_TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {name}"}
        answer = self._http.call("POST", f"{_API}/uploads", headers)
        return answer.headers["Location"].rsplit("/", 1)[1]

    def _send_piece(self, path: Path, address: str, offset: int, size: int) -> int | None:
        """Where the upload ends after this piece; none when it was cut off and must be asked for."""
        headers = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        try:
            answer: Answer = self._http.once(
                "PATCH", address, headers, lambda: read_piece(path, offset, size), size
            )
        except (OSError, http.client.HTTPException):
            return None
        if answer.status == http.client.NO_CONTENT:
            return int(answer.headers["Upload-Offset"])
        if answer.status in {409, 429} or answer.status >= 500:
            return None
        raise Refused(answer.status, f"HTTP {answer.status}", path.name)
