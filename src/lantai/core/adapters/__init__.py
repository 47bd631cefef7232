"""One module per engine core leans on."""
