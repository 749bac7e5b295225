"""A year of news, played: editors and feeds on loopback, the real bot, a Discord double, and a clock that is set."""
