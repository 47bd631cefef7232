"""Backups of villages (村社备份): what a village keeps itself, kept a second time by the region's archive.

They are not the archive's records: no fonds, no catalogue, no search, no reader but the village. They
lie apart, in a storage root of their own beside each store's, and come back byte for byte.
"""
