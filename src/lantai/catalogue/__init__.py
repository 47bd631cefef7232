"""The catalogue (目录): import at scale, the tree, description."""
