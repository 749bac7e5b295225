"""One feature a file; loaded by name as discord.py extensions."""
