"""Answers to readers: what asks the archive, and chooses the cards and buttons to show."""
