"""Measurements with a JSON result, each beside a floor or a yardstick of the same run (测速)."""
