"""Public portal, record pages, proofs (利用)."""
