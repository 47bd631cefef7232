"""Settings, root URLs, entry points (配置)."""
