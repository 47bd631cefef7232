"""Hand-over from agency to archive, registers and receipts (移交接收)."""
