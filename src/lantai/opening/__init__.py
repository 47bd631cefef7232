"""Opening marks and the signed decisions that change them (开放)."""
