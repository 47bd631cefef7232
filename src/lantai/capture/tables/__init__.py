"""Tables an archivist hands in (a schedule, a roster, a register): read by their headings, all rows or none.

The page and the command are the same for every such table: bad rows are named, one by one, with what to do.
"""
