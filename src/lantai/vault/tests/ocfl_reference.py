"""The reference library as judge of our objects, taught the two extensions it does not know."""

import hashlib
from contextlib import contextmanager

import ocfl.digest
import ocfl.validator
from ocfl.layout_0003_hash_and_id_n_tuple import Layout_0003_Hash_And_Id_N_Tuple
from ocfl.layout_registry import add_layout

from lantai.core.digests import digest_bytes


class HashedNTuple(Layout_0003_Hash_And_Id_N_Tuple):
    """Extension 0004, by its text: the digest cut in tuples, then the whole digest."""

    def __init__(self):
        super().__init__()
        self.NAME = "0004-hashed-n-tuple-storage-layout"
        self.short_object_root = False
        self.PARAMS["shortObjectRoot"] = self.check_short_object_root

    def check_short_object_root(self, value):
        assert value is False

    def identifier_to_path(self, identifier):
        digest = hashlib.new(self.digest_algorithm, identifier.encode()).hexdigest()
        size = self.tuple_size
        return "/".join([*(digest[i * size : (i + 1) * size] for i in range(self.number_of_tuples)), digest])


add_layout("0004-hashed-n-tuple-storage-layout", HashedNTuple)


@contextmanager
def _knows_sm3():
    """OCFL 1.1 lets an extension define fixity algorithms; ``lantai-sm3-digest`` defines SM3."""
    original = ocfl.validator.file_digest

    def file_digest(filename, digest_type="sha512", fs=None):
        if digest_type == "sm3":
            with fs.open(filename, "rb") as source:
                return digest_bytes(source.read()).sm3
        return original(filename, digest_type=digest_type, fs=fs)

    ocfl.digest.DIGEST_REGEXES["sm3"] = r"^[0-9a-f]{64}$"
    ocfl.validator.file_digest = file_digest
    try:
        yield
    finally:
        del ocfl.digest.DIGEST_REGEXES["sm3"]
        ocfl.validator.file_digest = original


def complaints_about_root(root):
    """What ocfl-py says, warnings too, about a storage root and every object in it."""
    with _knows_sm3():
        judge = ocfl.StorageRoot(root=str(root))
        valid = judge.validate(log_warnings=True)
        misplaced = [
            f"{identifier} lies at {path}"
            for path, identifier in judge.list_objects()
            if judge.object_path(identifier) != path
        ]
    said = misplaced + [message for _path, message in judge.errors]
    if not valid or judge.good_objects != judge.num_objects:
        said.append(f"valid={valid}, {judge.good_objects} of {judge.num_objects} good: {judge.log}")
    return said, judge.num_objects
