"""Completeness (应归尽归): what should have come against what came.

::

    office system's register ──► ClosedMatter ──┐
    approved scope table (归档范围) ────────────┤        open · met · explained · overdue
    archive's collecting scope (收集范围) ──────┤
    last year's pattern ────────────────────────┼──► Expectation ──► Tally (one line an agency and year)
    gaps in 发文字号, agencies gone quiet ──────┘        ▲
    records as they are captured ──► Arrival ────────────┘

Rules are data (``data/completeness.toml``). Everything is computed for the agency that is touched:
by records captured, by matters registered, by an answer, and by the clock.
"""
