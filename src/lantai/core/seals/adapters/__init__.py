"""One module per signature algorithm; each signs and verifies raw messages, nothing else."""
