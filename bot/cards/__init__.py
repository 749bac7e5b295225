"""Events as Discord shows them: embeds, buttons that never die, Discord's limits."""
