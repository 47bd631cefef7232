"""Append-only Merkle log of every act, signed heads, proofs (存证)."""
