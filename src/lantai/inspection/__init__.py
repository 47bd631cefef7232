"""The four-nature checks of DA/T 70 and their reports (四性检测)."""
