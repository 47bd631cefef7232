"""Who is late, with what, since when (监管): one page for three supervisors."""
