"""One module an engine: vendor code lives here alone."""
