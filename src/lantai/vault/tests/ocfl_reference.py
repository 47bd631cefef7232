"""The reference library as judge of our objects, taught the two extensions it does not know."""

import hashlib
from contextlib import contextmanager

import ocfl.digest
import ocfl.validator
from ocfl.layout_0003_hash_and_id_n_tuple import Layout_0003_Hash_And_Id_N_Tuple
from ocfl.layout_registry import add_layout

from lantai.core.digests import digest_bytes
from lantai.vault.adapters.filesystem import FilesystemStore
from lantai.vault.batches import StagedBatch


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


def complaints_about_object(folder):
    """What ocfl-py says, warnings too, about one object."""
    with _knows_sm3():
        valid, judge = ocfl.Object().validate(str(folder))
    said = [f"{folder}: {message}" for message in judge.log.messages]
    return said if said or valid else [f"{folder}: not valid"]


class Witness:
    """Has the reference library judge every object in the moment a batch has put it on a disk.

    Copies of one version on several stores hold the same bytes: the first of them is judged.
    """

    def __init__(self):
        self.judged = 0
        self.complaints = []
        self._seen = set()

    def watch(self, patch):
        """Looks on wherever a batch puts objects in their place."""
        place, swap, erase = StagedBatch.place, StagedBatch.swap, StagedBatch.erase

        def placed(batch, placements):
            place(batch, placements)
            for store, placement in placements:
                self._judge(store, placement.object_path, only_new=True)

        def swapped(batch, slot, object_path):
            swap(batch, slot, object_path)
            for store in batch.stores:
                self._judge(store, object_path)

        def erased(batch, slots):
            erase(batch, slots)
            for store in batch.stores:
                for object_path in slots.values():
                    self._judge(store, object_path)

        patch.setattr(StagedBatch, "place", placed)
        patch.setattr(StagedBatch, "swap", swapped)
        patch.setattr(StagedBatch, "erase", erased)

    def told(self):
        """The complaints since it was last asked."""
        told, self.complaints = self.complaints, []
        return told

    def _judge(self, store, object_path, *, only_new=False):
        if not isinstance(store, FilesystemStore):
            return  # what lies encrypted or in a bucket is judged where its twin lies in a folder
        folder = store.objects / object_path
        digest = hashlib.sha512((folder / "inventory.json").read_bytes()).digest()
        if not only_new or digest not in self._seen:
            self._seen.add(digest)
            self.judged += 1
            self.complaints += complaints_about_object(folder)
