"""The tree against RFC 6962 §2.1, written naively as the RFC writes it."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.ledger import merkle

LEAVES = [merkle.hash_leaf(str(number).encode()) for number in range(300)]


def sm3(content):
    return hashlib.new("sm3", content).digest()


@cache
def mth(start, end):
    if start == end:
        return sm3(b"")
    if end - start == 1:
        return sm3(b"\x00" + str(start).encode())
    middle = start + split(end - start)
    return sm3(b"\x01" + mth(start, middle) + mth(middle, end))


def split(size):
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def path(index, start, end):
    if end - start == 1:
        return []
    k = split(end - start)
    if index < k:
        return [*path(index, start, start + k), mth(start + k, end)]
    return [*path(index - k, start + k, end), mth(start, start + k)]


def subproof(old, start, end, whole):
    if old == end - start:
        return [] if whole else [mth(start, end)]
    k = split(end - start)
    if old <= k:
        return [*subproof(old, start, start + k, whole), mth(start + k, end)]
    return [*subproof(old - k, start + k, end, False), mth(start, start + k)]


def nodes(level, index):
    return merkle.fold(LEAVES[index << level : (index + 1) << level])


@pytest.mark.requirement("Z70")
def test_roots_are_those_of_the_rfc():
    edge = merkle.RightEdge()
    for size in range(301):
        assert merkle.tree_root(nodes, size) == mth(0, size) == edge.root
        edge.extend(LEAVES[size : size + 1])


@pytest.mark.requirement("Z70")
@pytest.mark.parametrize("sizes", [range(1, 101), range(101, 201), range(201, 301)])
def test_inclusion_proofs_are_those_of_the_rfc_and_verify(sizes):
    for size in sizes:
        root = mth(0, size)
        for index in {0, 1, 2, 3, size // 3, size // 2, size - 2, size - 1} & set(range(size)):
            proof = merkle.inclusion_path(nodes, index, size)
            assert proof == path(index, 0, size)
            assert merkle.verify_inclusion(LEAVES[index], index, size, proof, root)


def test_every_leaf_of_every_small_tree_has_a_proof():
    for size in range(1, 66):
        for index in range(size):
            proof = merkle.inclusion_path(nodes, index, size)
            assert proof == path(index, 0, size)
            assert merkle.verify_inclusion(LEAVES[index], index, size, proof, mth(0, size))


@pytest.mark.requirement("Z70")
def test_consistency_proofs_are_those_of_the_rfc_and_verify():
    for new in range(1, 81):
        for old in range(1, new + 1):
            proof = merkle.consistency_path(nodes, old, new)
            assert proof == subproof(old, 0, new, True)
            assert merkle.verify_consistency(old, new, proof, mth(0, old), mth(0, new))


SIZES = st.integers(2, 300)


@given(st.data())
def test_a_changed_proof_proves_nothing(data):
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_path(nodes, index, size)
    root = mth(0, size)
    other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))
    assert not merkle.verify_inclusion(LEAVES[other], index, size, proof, root)
    assert not merkle.verify_inclusion(LEAVES[index], other, size, proof, root)
    assert not merkle.verify_inclusion(LEAVES[index], index, size, proof[:-1], root)
    assert not merkle.verify_inclusion(LEAVES[index], index, size, [*proof, root], root)
    at = data.draw(st.integers(0, len(proof) - 1))
    wrong = [*proof[:at], bytes(32), *proof[at + 1 :]]
    assert not merkle.verify_inclusion(LEAVES[index], index, size, wrong, root)


@given(st.data())
def test_a_tree_that_does_not_extend_another_is_never_consistent(data):
    new = data.draw(SIZES)
    old = data.draw(st.integers(1, new - 1))
    proof = merkle.consistency_path(nodes, old, new)
    old_root, new_root = mth(0, old), mth(0, new)
    assert not merkle.verify_consistency(old, new, proof, bytes(32), new_root)
    assert not merkle.verify_consistency(old, new, proof, old_root, bytes(32))
    assert not merkle.verify_consistency(old, new, proof[:-1], old_root, new_root)
    assert not merkle.verify_consistency(old, new, [*proof, bytes(32)], old_root, new_root)
    at = data.draw(st.integers(0, len(proof) - 1))
    assert not merkle.verify_consistency(
        old, new, [*proof[:at], bytes(32), *proof[at + 1 :]], old_root, new_root
    )


def test_sizes_that_cannot_be_are_refused():
    for old, new in ((0, 5), (6, 5), (-1, 5)):
        assert not merkle.verify_consistency(old, new, [], mth(0, 5), mth(0, 5))
        with pytest.raises(ValueError, match="consistency"):
            merkle.consistency_path(nodes, old, new)
    for index in (-1, 5):
        assert not merkle.verify_inclusion(LEAVES[0], index, 5, [], mth(0, 5))
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_path(nodes, index, 5)
