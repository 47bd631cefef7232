"""The door of the packages context (信息包): reading, writing and unpacking packages."""

from lantai.formats.api import parse_xml

from .catalogue import open_catalogue
from .columns import fold as fold_heading
from .conversion import Conversion, convert_package, write_package
from .kinds import ORDER, Kind, kind_of, kinds
from .opening import UNREADABLE, open_package
from .package import Declaration, Package, PackageFile, PackageItem, Role, no_rules
from .problems import STRUCTURE, structural
from .unpack import ArchiveRefused, Limits, is_archive, safe_extract
from .writer import FileToWrite, ItemToWrite, write_folder_package

__all__ = [
    "ORDER",
    "STRUCTURE",
    "UNREADABLE",
    "ArchiveRefused",
    "Conversion",
    "Declaration",
    "FileToWrite",
    "ItemToWrite",
    "Kind",
    "Limits",
    "Package",
    "PackageFile",
    "PackageItem",
    "Role",
    "convert_package",
    "fold_heading",
    "is_archive",
    "kind_of",
    "kinds",
    "no_rules",
    "open_catalogue",
    "open_package",
    "parse_xml",
    "safe_extract",
    "structural",
    "write_folder_package",
    "write_package",
]
