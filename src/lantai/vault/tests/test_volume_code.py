"""The erasure code and the arithmetic of images, also as a stranger would redo them from the README alone."""

import io
import json
import os
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.core.errors import Invalid
from lantai.vault.adapters.erasure_code import ReedSolomon
from lantai.vault.volumes.checking import beyond_repair, check_volume
from lantai.vault.volumes.image import ImageWriter, Member, SourceDamagedError, write_recovery
from lantai.vault.volumes.layout import LAYOUT, LAYOUT_BYTES, Layout, plan_layout, tar_header
from lantai.vault.volumes.mending import mend_volume


def write(path, sizes, share=15.0):
    """An image of random members; returns its layout."""
    with path.open("w+b") as target:
        writer = ImageWriter(target, 1_700_000_000)
        writer.add_bytes(LAYOUT, bytes(LAYOUT_BYTES))
        for number, size in enumerate(sizes):
            writer.add_bytes(f"root/{number}/正文", os.urandom(size))
        layout = plan_layout("LT-A-0001", 1_700_000_000, writer.position, share)
        target.seek(len(tar_header(LAYOUT, LAYOUT_BYTES, 1_700_000_000)))
        target.write(layout.to_bytes())
        writer.close()
    write_recovery(path, layout)
    return layout


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 4), st.integers(0, 2**32))
def test_any_parity_many_columns_may_be_lost(data, parity, width, seed):
    draw = random.Random(seed)
    code, length = ReedSolomon(data, parity), 16 * width
    columns = draw.randbytes(data * length)
    everything = [columns[i * length : (i + 1) * length] for i in range(data)] + code.encode(columns)
    lost = set(draw.sample(range(data + parity), parity))
    known = {place: column for place, column in enumerate(everything) if place not in lost}
    assert code.decode(known) == columns
    known.popitem()
    with pytest.raises(ValueError, match="columns"):
        code.decode(known)


@given(st.integers(1, 10**9), st.floats(2, 50), st.integers(0, 10**6))
def test_every_block_has_one_place_and_every_place_one_block(size, share, wanted):
    layout = plan_layout("n", 0, size, share)
    block = wanted % layout.blocks
    group, place = layout.group_of(block)
    assert layout.block_at(group, place) == block
    assert Layout.parse(layout.to_bytes()) == layout
    offsets = [layout.offset(name) for name, _size in layout.recovery_members]
    for (name, length), (start, following) in zip(
        layout.recovery_members, pairwise([*offsets, layout.image_bytes]), strict=True
    ):
        assert start + length <= following, name
    assert layout.offset_of(layout.blocks - 1) + layout.block_bytes <= layout.image_bytes


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_damaged_comes_back_or_is_said_to_be_lost(tmp_path_factory, seed):
    draw = random.Random(seed)
    folder = tmp_path_factory.mktemp("image")
    path, target = folder / "a.tar", folder / "b.tar"
    layout = write(path, [draw.randrange(200_000) for _ in range(6)], share=draw.choice([4, 15, 40]))
    before = path.read_bytes()
    with path.open("r+b") as file:
        for _ in range(draw.randrange(1, 40)):
            file.seek(draw.randrange(len(before)))
            file.write(draw.randbytes(draw.choice([1, 512, 2048, 32768])))
        file.truncate(draw.choice([len(before), len(before) - draw.randrange(20_000)]))
    try:
        found = check_volume(path)
    except Invalid:
        found = check_volume(path, layout=layout)
    mended = mend_volume(path, target, layout=layout)
    assert mended.lost == found.beyond_repair == beyond_repair(layout, found.damaged)
    if found.outcome != "lost":
        assert target.read_bytes() == before
    again = check_volume(target)
    assert sorted(again.damaged) == mended.lost
    for block in set(range(layout.data_blocks)) - set(mended.lost):
        span = slice(layout.offset_of(block), layout.offset_of(block) + layout.length_of(block))
        assert target.read_bytes()[span] == before[span]


@pytest.mark.requirement("Z36")
def test_a_stranger_restores_a_block_by_the_formula_of_the_readme(tmp_path):
    layout = write(tmp_path / "a.tar", [300_000], share=4)
    image = (tmp_path / "a.tar").read_bytes()
    figures = json.loads(image[512 : 512 + LAYOUT_BYTES])
    size, k = figures["block_bytes"], figures["data_blocks_in_group"]
    protected = figures["protected_bytes"]
    count = -(-protected // size)
    groups = -(-count // k)
    power, log, value = [0] * 510, [0] * 256, 1
    for exponent in range(255):
        power[exponent] = power[exponent + 255] = value
        log[value] = exponent
        value = value << 1 ^ (0x11D if value & 0x80 else 0)
    lost, column = 7, random.Random(1).randrange(size)
    group, place = lost % groups, lost // groups
    total = image[layout.offset_of(layout.data_blocks + group) + column]  # parity block j = 0
    for i in range(k):
        offset = (i * groups + group) * size + column
        byte = image[offset] if i * groups + group < count and offset < protected else 0
        if byte and i != place:
            total ^= power[log[byte] + 255 - log[(k + 0) ^ i]]
    restored = power[log[total] + log[k ^ place]] if total else 0
    assert restored == image[lost * size + column]


def test_a_source_that_lies_is_passed_over_for_one_that_does_not(tmp_path):
    good = b"good" * 1000
    import hashlib

    with (tmp_path / "a").open("w+b") as target:
        writer = ImageWriter(target, 0)
        openers = [
            lambda: io.BytesIO(good[:-1]),
            lambda: io.BytesIO(b"evil" * 1000),
            lambda: io.BytesIO(good),
        ]
        member = Member("x", len(good), openers, hashlib.sha512(good).hexdigest())
        writer.add(member)
        with pytest.raises(SourceDamagedError):
            writer.add(replace(member, openers=openers[:2]))
        writer.close()
    assert good in (tmp_path / "a").read_bytes()
