"""The database of what must never be lost: its schema, every query, backup and restore."""
