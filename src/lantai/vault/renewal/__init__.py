"""Format migration (格式转换): a lasting form beside the original, never in its place."""
