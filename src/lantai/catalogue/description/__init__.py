"""Description by level: elements as data, a template per category, controlled vocabularies."""
