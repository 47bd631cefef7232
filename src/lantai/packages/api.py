"""The door of the packages context (信息包): reading, writing and unpacking packages."""

from lantai.formats.api import parse_xml

from .opening import UNREADABLE, open_package
from .package import Declaration, Package, PackageFile, PackageItem, Role
from .unpack import ArchiveRefused, Limits, is_archive, safe_extract
from .writer import FileToWrite, ItemToWrite, write_folder_package

__all__ = [
    "UNREADABLE",
    "ArchiveRefused",
    "Declaration",
    "FileToWrite",
    "ItemToWrite",
    "Limits",
    "Package",
    "PackageFile",
    "PackageItem",
    "Role",
    "is_archive",
    "open_package",
    "parse_xml",
    "safe_extract",
    "write_folder_package",
]
