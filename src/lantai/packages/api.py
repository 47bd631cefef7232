"""The door of the packages context (信息包): reading, writing and unpacking packages."""

from .package import Declaration, FileToWrite, ItemToWrite, Package, PackageFile, PackageItem, Role

__all__ = ["Declaration", "FileToWrite", "ItemToWrite", "Package", "PackageFile", "PackageItem", "Role"]
