"""Design system: tokens, components as template partials, page shells, keyset paging, Range view (样式)."""
