"""Daybook: a Discord bot that serves dated news events."""

__version__ = "0.1.0"
