"""Import of catalogues at scale (目录导入): read, map, check, load, keep, undo."""
