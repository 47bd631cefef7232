"""An agency's own retention schedule (归档范围和保管期限表), read from its spreadsheet into a draft."""
