"""Holdings at a glance (馆藏全景), and a department's own view of its records."""
