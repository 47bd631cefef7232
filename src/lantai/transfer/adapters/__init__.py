"""Libraries of others that transfer uses."""
