"""Events at rest: the schema, every query, the importer, the ranking."""
