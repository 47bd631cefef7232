"""The same folders as the portal's tests."""

from lantai.access.tests.conftest import _own_data_folder as _own_data_folder
