"""The door of the packages context (信息包): reading, writing and unpacking packages."""

from .accounting import Invoice, custody_ends, read_invoice, shortest_terms
from .catalogue import open_catalogue
from .columns import fold as fold_heading
from .conversion import Conversion, convert_package, write_package
from .described import DESCRIPTION, file_name, read_description
from .described_writing import Element, describing, list_file, save_description, write_described
from .entries import read_entries
from .kinds import ORDER, SHOWN, Kind, kind_of, kinds
from .listing import list_files
from .naming import Namer
from .opening import UNREADABLE, is_lone, open_package
from .package import Declaration, Package, PackageFile, PackageItem, Role, no_rules
from .photos import PLACES, place_of, read_time_code
from .problems import STRUCTURE, capped, structural
from .service import matter_types, steps_of
from .table_writing import TableDescription, write_file_table, write_query_table
from .tabular import TableColumn, columns_of
from .unpack import ArchiveRefused, Limits, is_archive, safe_extract
from .writer import FileToWrite, ItemToWrite, write_folder_package
from .xmlstream import XmlRefused
from .xmltree import Node

__all__ = [
    "DESCRIPTION",
    "ORDER",
    "PLACES",
    "SHOWN",
    "STRUCTURE",
    "UNREADABLE",
    "ArchiveRefused",
    "Conversion",
    "Declaration",
    "Element",
    "FileToWrite",
    "Invoice",
    "ItemToWrite",
    "Kind",
    "Limits",
    "Namer",
    "Node",
    "Package",
    "PackageFile",
    "PackageItem",
    "Role",
    "TableColumn",
    "TableDescription",
    "XmlRefused",
    "capped",
    "columns_of",
    "convert_package",
    "custody_ends",
    "describing",
    "file_name",
    "fold_heading",
    "is_archive",
    "is_lone",
    "kind_of",
    "kinds",
    "list_file",
    "list_files",
    "matter_types",
    "no_rules",
    "open_catalogue",
    "open_package",
    "place_of",
    "read_description",
    "read_entries",
    "read_invoice",
    "read_time_code",
    "safe_extract",
    "save_description",
    "shortest_terms",
    "steps_of",
    "structural",
    "write_described",
    "write_file_table",
    "write_folder_package",
    "write_package",
    "write_query_table",
]
