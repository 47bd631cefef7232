"""Engines a store may run on: the filesystem now, object storage and offline volumes later."""
