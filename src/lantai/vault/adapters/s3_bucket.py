"""The requests an S3 store makes: obstore moves bytes, boto3 makes buckets and locks."""

from __future__ import annotations

import errno
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import IO, Any, cast
from urllib.parse import urlsplit

import boto3
import obstore
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils import timezone
from django.utils.translation import gettext as _
from obstore import exceptions
from obstore.store import S3Store as ObjectStore

from lantai.core.digests import CHUNK_BYTES
from lantai.core.errors import Invalid, Unavailable
from lantai.core.settings import home

from ..ocfl_validation.reading import INVENTORY_BYTES
from ..stores import StoreFacts
from .s3_listing import list_rows

_ONE_COPY = 4 * 2**30
"""A larger file is copied in parts: S3 copies at most 5 GiB in one request."""

_DELETED_AT_ONCE = 1000

_LONGEST_KEY = 1024
"""Bytes; S3 knows no longer ones."""

_REFUSED = re.compile(r"status code: 40[13]")


def _is_plain(key: str) -> bool:
    """Whether a key is one S3 allows, and leads nowhere else as a path."""
    return len(key.encode(errors="replace")) <= _LONGEST_KEY and not {"", ".", ".."} & set(key.split("/"))


class Bucket:
    """One bucket, below a prefix. Keys given and told are relative to the prefix."""

    def __init__(self, facts: StoreFacts) -> None:
        self._facts = facts
        address = urlsplit(facts.location)
        name, _slash, prefix = address.path.strip("/").partition("/")
        if address.scheme not in {"http", "https"} or not address.netloc or not name:
            raise Invalid(
                _("S3 存储的位置无法理解。"),
                subject=f"{facts.name} {facts.location}",
                remedy=_("请在 vault.toml 中写作 https://主机:端口/存储桶，可再加 /前缀。"),
            )
        self._endpoint, self._name = f"{address.scheme}://{address.netloc}", name
        self._prefix = f"{prefix}/" if prefix else ""
        self._region = str(facts.options.get("region", "us-east-1"))
        self._retain_days = int(facts.options.get("retain_days", 0))
        self._timeout_s = int(facts.options.get("timeout_s", 120))
        self._retry_s = int(facts.options.get("retry_s", 60))

    @cached_property
    def _keys(self) -> tuple[str, str]:
        file = home() / str(self._facts.options.get("credentials", f"{self._facts.key}.credentials.toml"))
        try:
            found = tomllib.loads(file.read_text(encoding="utf-8"))
            return str(found["access_key_id"]), str(found["secret_access_key"])
        except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
            raise Unavailable(
                _("没有这个存储的访问凭据。"),
                subject=f"{self._facts.name} {file}",
                remedy=_("请在该文件中写 access_key_id 与 secret_access_key，并只许本程序读取。"),
            ) from error

    @cached_property
    def _store(self) -> ObjectStore:
        access_key_id, secret_access_key = self._keys
        return ObjectStore(
            self._name,
            endpoint=self._endpoint,
            region=self._region,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": self._endpoint.startswith("http:"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=self._timeout_s),
            },
            retry_config={
                "max_retries": 6,
                "retry_timeout": timedelta(seconds=self._retry_s),
            },
        )

    @cached_property
    def _client(self) -> Any:
        access_key_id, secret_access_key = self._keys
        return boto3.client(
            "s3",
            endpoint_url=self._endpoint,
            region_name=self._region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(
                s3={"addressing_style": "path"},
                retries={"max_attempts": 5, "mode": "standard"},
                connect_timeout=5,
                read_timeout=self._timeout_s,
            ),
        )

    def make(self) -> None:
        """Makes the bucket unless it is there, with object lock if things are to be retained."""
        with self._told_plainly():
            try:
                self._client.head_bucket(Bucket=self._name)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                    raise
                self._client.create_bucket(
                    Bucket=self._name, ObjectLockEnabledForBucket=bool(self._retain_days)
                )

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys below a prefix, sorted, streamed."""
        return (key for key, _size in self._listed(prefix))

    def get(self, key: str) -> bytes:
        """A small file whole.

        Raises:
            FileNotFoundError: it is not there.
            OSError: it is said to be larger than any such file can be.
        """
        with self._told_plainly():
            found = obstore.get(self._store, self._prefix + key)
            if found.meta["size"] > INVENTORY_BYTES:
                raise OSError(errno.EFBIG, _("超过 %s 字节，不再读取") % INVENTORY_BYTES, key)
            return found.bytes().to_bytes()

    def sizes(self, prefix: str) -> dict[str, int]:
        """Size of every file below a prefix."""
        return dict(self._listed(prefix))

    def _listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys below a prefix with their sizes, as the server tells them; it is believed nothing a listing cannot say."""
        below, last = (self._prefix + prefix).rstrip("/"), ""
        with self._told_plainly():
            try:
                for row in list_rows(self._store, below or None, self._timeout_s + self._retry_s):
                    key = row["path"].removeprefix(self._prefix)
                    if key <= last or not _is_plain(key):
                        raise self._babbling(key)
                    last = key
                    yield key, row["size"]
            except TimeoutError as error:
                raise self._endless(below) from error

    def size_bytes(self, key: str) -> int:
        """A file's size; ``FileNotFoundError`` if it is not there."""
        with self._told_plainly():
            return int(obstore.head(self._store, self._prefix + key)["size"])

    def pieces(self, key: str) -> Iterator[bytes]:
        """A file's bytes, streamed."""
        with self._told_plainly():
            for piece in obstore.get(self._store, self._prefix + key).stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(piece)

    def sha512(self, key: str) -> str:
        """Digest of what the server gives back."""
        hasher = hashlib.sha512()
        for piece in self.pieces(key):
            hasher.update(piece)
        return hasher.hexdigest()

    def put(self, key: str, content: bytes) -> None:
        """Writes a small file."""
        with self._told_plainly():
            obstore.put(self._store, self._prefix + key, content)

    def send(self, key: str, pieces: Iterable[bytes]) -> str:
        """Writes a large file, several parts at a time; returns the SHA-512 of what was sent."""
        hasher = hashlib.sha512()

        def digested() -> Iterator[bytes]:
            for piece in pieces:
                hasher.update(piece)
                yield piece

        with self._told_plainly():
            obstore.put(self._store, self._prefix + key, digested(), use_multipart=True)
        return hasher.hexdigest()

    def create(self, key: str, content: bytes) -> bool:
        """Writes a file nobody else has written (``If-None-Match: *``); returns whether it did.

        Where the answer to a write was lost, the write made again finds its own bytes: they count as written.
        """
        created = self._create_version if self._retain_days else self._create_once
        return created(self._prefix + key, content) or self.get(key) == content

    def _create_once(self, key: str, content: bytes) -> bool:
        try:
            with self._told_plainly():
                obstore.put(self._store, key, content, mode="create", use_multipart=False)
        except FileExistsError:
            return False
        return True

    def _create_version(self, key: str, content: bytes) -> bool:
        """Radosgw ignores the condition where a bucket keeps versions: there the oldest stands."""
        with self._told_plainly():
            written = obstore.put(self._store, key, content, use_multipart=False)["version"]
            found = self._client.list_object_versions(Bucket=self._name, Prefix=key).get("Versions", [])
            newest_first = [row["VersionId"] for row in found if row["Key"] == key]
            if newest_first[-1:] == [written]:
                return True
            self._client.delete_object(
                Bucket=self._name, Key=key, VersionId=written, BypassGovernanceRetention=True
            )
            return False

    def writer(self, key: str) -> IO[bytes]:
        """A new file, sent in parts while it is written."""
        with self._told_plainly():
            return cast("IO[bytes]", obstore.open_writer(self._store, self._prefix + key))

    def copy(self, source: str, target: str) -> None:
        """Copies on the server."""
        with self._told_plainly():
            here, there = self._prefix + source, self._prefix + target
            if int(obstore.head(self._store, here)["size"]) < _ONE_COPY:
                self._copy_at_once(here, there)
            else:
                self._client.copy({"Bucket": self._name, "Key": here}, self._name, there)

    def _copy_at_once(self, here: str, there: str) -> None:
        """The library does not ask again where an answer breaks off; a copy may be made twice."""
        try:
            obstore.copy(self._store, here, there)
        except exceptions.GenericError:
            obstore.copy(self._store, here, there)

    def delete(self, keys: Sequence[str]) -> None:
        """Removes files, all versions of them where the bucket keeps versions."""
        with self._told_plainly():
            if self._retain_days:
                for key in keys:
                    self._delete_versions(self._prefix + key)
                return
            for start in range(0, len(keys), _DELETED_AT_ONCE):
                chunk = [self._prefix + key for key in keys[start : start + _DELETED_AT_ONCE]]
                obstore.delete(self._store, chunk)

    def _delete_versions(self, key: str) -> None:
        for page in self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._name, Prefix=key
        ):
            for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                if found["Key"] == key:
                    self._client.delete_object(
                        Bucket=self._name,
                        Key=key,
                        VersionId=found["VersionId"],
                        BypassGovernanceRetention=True,
                    )

    def retain(self, keys: Sequence[str]) -> None:
        """Locks files for as long as the store's setting says; does nothing without it."""
        if not self._retain_days:
            return
        until = timezone.now() + timedelta(days=self._retain_days)
        with self._told_plainly():
            for key in keys:
                self._client.put_object_retention(
                    Bucket=self._name,
                    Key=self._prefix + key,
                    Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until},
                )

    @contextmanager
    def _told_plainly(self) -> Iterator[None]:
        """The server's answers as the store protocol knows them, retries already made."""
        try:
            yield
        except (exceptions.NotFoundError, FileNotFoundError) as error:
            raise FileNotFoundError(2, _("没有这个文件"), str(error)[:200]) from error
        except (exceptions.AlreadyExistsError, exceptions.PreconditionError) as error:
            raise FileExistsError(17, _("已有这个文件"), str(error)[:200]) from error
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise self._refused() from error
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in {401, 403}:
                raise self._refused() from error
            raise self._away(error) from error
        except (exceptions.BaseError, BotoCoreError) as error:
            # A refused listing comes as a general error that names the status.
            if _REFUSED.search(str(error)):
                raise self._refused() from error
            raise self._away(error) from error

    def _refused(self) -> Unavailable:
        return Unavailable(
            _("存储服务拒绝了访问凭据。"),
            subject=f"{self._facts.name} {self._facts.location}",
            remedy=_("请核对凭据文件中的 access_key_id 与 secret_access_key，及其对存储桶的权限。"),
        )

    def _babbling(self, key: str) -> Unavailable:
        return Unavailable(
            _("存储服务列出的清单不合规：顺序错乱、重复，或有不能作路径的名字。"),
            subject=f"{self._facts.name} {key[:160]!r}",
            remedy=_("请查明是谁往存储桶里写了别的东西，或存储服务是否可靠；其他存储照常使用。"),
        )

    def _endless(self, below: str) -> Unavailable:
        return Unavailable(
            _("存储服务迟迟列不完清单：等了 %(seconds)s 秒，只说还有下一页，没有列出文件。")
            % {"seconds": self._timeout_s + self._retry_s},
            subject=f"{self._facts.name} {below}",
            remedy=_(
                "请查看存储服务是否可靠；确属太慢的，在 vault.toml 中调大 timeout_s。其他存储照常使用。"
            ),
        )

    def _away(self, error: Exception) -> Unavailable:
        return Unavailable(
            _("存储服务没有应答或出错，多次重试未成。"),
            subject=f"{self._facts.name} {self._facts.location}：{str(error).splitlines()[0][:160]}",
            remedy=_("请检查网络与存储服务后重试；已入库的档案不受影响。"),
        )
