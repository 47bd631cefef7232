"""What a bucket lists, none of it waited for without end.

A server may answer empty page upon empty page, each promising another: obstore follows them until
a key comes. Asked asynchronously it can be stopped, which ends its requests too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import obstore
from obstore import exceptions
from obstore.store import S3Store as ObjectStore

KEYS_AT_ONCE = 100
"""Fewer than a server tells in one answer, so that a listing out of order is found out early."""


def list_rows(store: ObjectStore, prefix: str | None, limit_s: float) -> Iterator[dict[str, Any]]:
    """Rows of a listing (``path``, ``size``) as the server tells them.

    Args:
        store: the bucket.
        prefix: folder they are in; the whole bucket without.
        limit_s: how long the next :data:`KEYS_AT_ONCE` may take, retries included.

    Raises:
        TimeoutError: they took longer.
        exceptions.GenericError: the server went wrong twice at one place.
    """
    stream, cut, last = obstore.list(store, prefix=prefix, chunk_size=KEYS_AT_ONCE), False, None

    async def next_rows() -> Any:
        return await asyncio.wait_for(anext(stream), limit_s)

    with asyncio.Runner() as runner, ThreadPoolExecutor(1) as apart:  # another loop may run in this thread
        while True:
            try:
                rows = apart.submit(runner.run, next_rows()).result()
            except StopAsyncIteration:
                return
            except exceptions.GenericError:
                if cut:
                    raise
                cut = True  # obstore does not ask again where an answer breaks off: once more, from there
                stream = obstore.list(store, prefix=prefix, offset=last, chunk_size=KEYS_AT_ONCE)
                continue
            yield from rows
            cut, last = False, rows[-1]["path"]
