"""What must never be lost: the schema and every query."""
