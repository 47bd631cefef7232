"""The guide to the holdings (《档案馆馆藏指南》): edited per fonds, approved, printed and put online."""
