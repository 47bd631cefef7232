"""Identifiers are unlike each other and in order, whoever draws them."""

import os

from lantai.core.identifiers import new_id, new_ids


def test_identifiers_grow_and_none_is_given_twice():
    drawn = [new_id(), *new_ids(5_000), new_id()]
    assert drawn == sorted(set(drawn))
    assert {(each.version, each.variant) for each in drawn} == {(7, "specified in RFC 4122")}
    assert len({each.int & (2**62 - 1) for each in drawn}) == len(drawn)


def test_a_forked_process_draws_its_own_chance():
    new_id()  # something is left of what was drawn at once
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.write(writer, new_id().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as told:
        os.close(writer)
        assert told.read()[8:] != new_id().bytes[8:]
