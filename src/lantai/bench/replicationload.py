"""The work ``lantai bench replication`` measures. Usage: ``… replicationload ENDPOINT OBJECTS MIB``.

The last line of output is a JSON object. The floor is obstore sending the very files of the objects
to the same bucket, small ones by as many threads, large ones as many at a time, right before.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from .ingest import ONE_STORE
from .vaultload import Sources, ingest, rebuild_everything, tell

LARGE_MIB, SMALL_BYTES = 64, 5 * 2**20
THREADS, LARGE_THREADS = 32, 2
KEY = "far"


@dataclass(frozen=True, slots=True)
class Server:
    """Where to send, and as whom."""

    endpoint: str
    bucket: str
    access_key_id: str
    secret_access_key: str

    def declare(self, home: Path) -> None:
        """Adds the store to ``vault.toml``, its credentials beside it."""
        keys = f'access_key_id = "{self.access_key_id}"\nsecret_access_key = "{self.secret_access_key}"\n'
        (home / "far.toml").write_text(keys, encoding="utf-8")
        with (home / "vault.toml").open("a", encoding="utf-8") as file:
            file.write(
                f'[[store]]\nkey = "{KEY}"\nname = "对象存储"\nkind = "s3"\n'
                f'location = "{self.endpoint}/{self.bucket}/vault"\nsite = "邻省"\nmedium = "磁盘"\n'
                'purpose = "backup"\n[store.options]\ncredentials = "far.toml"\n'
            )

    def store(self) -> Any:
        """The bucket, as obstore alone sees it."""
        from obstore.store import S3Store

        return S3Store(
            self.bucket, endpoint=self.endpoint, region="us-east-1", access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key, virtual_hosted_style_request=False,
            client_options={"allow_http": self.endpoint.startswith("http:")},
        )  # fmt: skip


def send_all(server: Server, paths: list[Path], prefix: str) -> int:
    """The floor: obstore sends these files; returns how many bytes."""
    import obstore

    store = server.store()
    large = [path for path in paths if path.stat().st_size >= SMALL_BYTES]
    small = [path for path in paths if path.stat().st_size < SMALL_BYTES]

    def send_large(path: Path) -> None:
        obstore.put(store, f"{prefix}{path}", path)

    def send_small(path: Path) -> None:
        obstore.put(store, f"{prefix}{path}", path.read_bytes(), use_multipart=False)

    for send, own, threads in ((send_large, large, LARGE_THREADS), (send_small, small, THREADS)):
        with ThreadPoolExecutor(threads) as pool:
            for _sent in pool.map(send, own):
                pass
    return sum(path.stat().st_size for path in paths)


def run(server: Server, objects: int, mebibytes: int) -> dict[str, Any]:
    """Small objects, then large ones, then the rebuild from there."""
    from lantai.core.settings import home
    from lantai.vault.api import replicate

    sources, told, sound = Sources(), dict[str, Any](), True
    kinds: dict[str, Callable[[], bytes]] = {
        "small": lambda: sources.small(objects),
        "large": lambda: b"".join(sources.large(LARGE_MIB, place) for place in range(mebibytes // LARGE_MIB)),
    }
    for kind, make in kinds.items():
        (home() / "vault.toml").write_text(ONE_STORE, encoding="utf-8")
        replicate("use")  # the rows are true to one store again
        ingest(make(), "sources")
        server.declare(home())
        figures, is_whole = _replicated(server, kind)
        told |= figures
        sound = sound and is_whole
    rebuild_s, rebuilt, expected = rebuild_everything(KEY)
    return {
        "objects": objects,
        "mebibytes": mebibytes,
        **told,
        "rebuild_s3_objects_per_s": round(rebuilt / rebuild_s, 1),
        "sound": sound and rebuilt == expected,
    }


def _files_of(kind: str) -> list[Path]:
    """Every file of the objects of a kind, as the first store holds them."""
    from lantai.core.settings import home
    from lantai.vault.api import VaultObject

    rows = VaultObject.objects.filter(**{f"size_bytes__{'gte' if kind == 'large' else 'lt'}": SMALL_BYTES})
    roots = [home() / "vault/use/objects" / path for path in rows.values_list("object_path", flat=True)]
    return [path for root in roots for path in root.rglob("*") if path.is_file()]


def _replicated(server: Server, kind: str) -> tuple[dict[str, Any], bool]:
    """One kind of object replicated, beside its floor."""
    from lantai.vault.api import replicate

    files, started = _files_of(kind), time.perf_counter()
    sent = send_all(server, files, "floor")
    floor_s = time.perf_counter() - started
    done = replicate(KEY, observe=lambda result: tell("replicate", result.copies))
    written_s = done.seconds - done.proven_seconds
    mib = sent / 2**20
    name = "" if kind == "large" else "small_"
    return {
        f"{name}obstore_mib_s": round(mib / floor_s, 2),
        f"{name}replication_mib_s": round(mib / written_s, 2),
        f"{name}replication_read_back_mib_s": round(mib / done.seconds, 2),
        f"{name}ratio": round(floor_s / written_s, 3),
        f"{name}copies_per_s": round(done.copies / written_s, 1),
    }, not done.left


def main(endpoint: str, objects: int, mebibytes: int) -> dict[str, Any]:
    """Makes a bucket, measures, and leaves nothing there."""
    import boto3

    server = Server(
        endpoint, f"bench-{uuid.uuid4().hex[:12]}",
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    client = boto3.resource(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id=server.access_key_id, aws_secret_access_key=server.secret_access_key,
    )  # fmt: skip
    bucket = client.Bucket(server.bucket)
    bucket.create()
    try:
        return run(server, objects, mebibytes)
    finally:
        bucket.objects.delete()
        bucket.delete()


if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
