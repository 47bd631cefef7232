"""Digests agree with hashlib and the standard, however the bytes arrive."""

import hashlib
import io
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.core.digests import (
    CHUNK_BYTES,
    Digester,
    copy_with_digests,
    digest_bytes,
    digest_file,
    digest_stream,
)


def test_sm3_gives_the_values_of_the_standard():
    assert digest_bytes(b"abc").sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert (
        digest_bytes(b"abcd" * 16).sm3 == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_pieces_digest_like_the_whole(pieces):
    digester = Digester()
    for piece in pieces:
        digester.update(piece)
    whole = b"".join(pieces)
    result = digester.result()
    assert result == digest_bytes(whole)
    assert result.size_bytes == len(whole)
    assert result.sha256 == hashlib.sha256(whole).hexdigest()
    assert result.sha512 == hashlib.sha512(whole).hexdigest()
    assert result.sm3 == hashlib.new("sm3", whole).hexdigest()


@pytest.mark.parametrize(
    "size_bytes", [0, 55, 56, 63, 64, 65, 119, 120, 127, 128, CHUNK_BYTES, CHUNK_BYTES + 1]
)
def test_both_ways_to_sm3_agree_at_every_edge_of_a_block(size_bytes):
    data = bytes(number * 7 % 251 for number in range(size_bytes))
    assert digest_bytes(data).sm3 == hashlib.new("sm3", data).hexdigest()


@settings(max_examples=20, deadline=None)  # how long it takes is the machine's business
@given(st.integers(min_value=0, max_value=3 * CHUNK_BYTES))
def test_a_stream_of_any_length_is_copied_and_digested_once(size_bytes):
    data = (b"\x00\x01\xfe\xff" * (size_bytes // 4 + 1))[:size_bytes]
    source, target = _OnceOnly(data), io.BytesIO()
    assert copy_with_digests(source, target) == digest_bytes(data)
    assert target.getvalue() == data
    assert source.given_bytes == size_bytes


def test_a_file_is_copied_byte_for_byte(tmp_path):
    source, target = tmp_path / "源文件.bin", tmp_path / "target.bin"
    source.write_bytes(bytes(range(256)) * 5000)
    assert copy_with_digests(source, target) == digest_file(source) == digest_file(target)


def test_an_existing_target_is_never_overwritten(tmp_path):
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        copy_with_digests(source, target)
    assert target.read_bytes() == b"old"


def test_what_was_read_before_is_not_digested():
    stream = io.BytesIO(b"headbody")
    stream.read(4)
    assert digest_stream(stream) == digest_bytes(b"body")


class _OnceOnly(io.BytesIO):
    """Counts the bytes it gives."""

    given_bytes = 0

    def read(self, size=-1, /):
        data = super().read(size)
        self.given_bytes += len(data)
        return data


def test_large_input_digested_on_two_cores_gives_the_same_digests(tmp_path):
    data = bytes(range(256)) * 4096 * 7 + b"end"
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    assert copy_with_digests(source, target) == digest_file(source) == digest_bytes(data)
    assert target.read_bytes() == data


def test_a_failing_target_of_a_large_copy_leaves_no_thread(tmp_path):
    before = threading.active_count()

    class Full:
        taken = 0

        def write(self, data):
            self.taken += len(data)
            if self.taken > 6 * 2**20:
                raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        copy_with_digests(io.BytesIO(b"x" * (8 * 2**20)), Full())
    assert threading.active_count() == before


def test_an_empty_piece_on_two_cores_changes_nothing():
    digester = Digester()
    with digester.on_two_cores():
        for piece in (b"a", b"", b"b"):
            digester.update(piece)
    assert digester.result() == digest_bytes(b"ab")
