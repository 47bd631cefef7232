"""What an archive collects (收集范围): from which bodies, which classes, since when (进馆名册).

::

    spreadsheet ──► draft ──► submitted ──► approved by the supervisor (主管部门审核同意)
                      ▲          │ returned        │ in force from a day on
                      └──────────┘                 ▼
           completeness: a class nobody filed · transfer: what is due, what is outside · YJ-2-9

Beside it the classes of specialised records (专业档案) a region knows, ``data/specialised.toml``, and
which of them the approved scope asks for, agencies have a scheme for, and records have come of.
"""
