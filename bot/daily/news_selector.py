"""Selects what is new about the subject of a follow."""
