"""The environment of the processes that the bot starts: those that parse pages, and the one that draws charts."""

from collections.abc import Mapping

TOKEN = "DISCORD_TOKEN"  # noqa: S105  (the name of the variable)


def helper_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process that the bot starts: all variables but the token."""
    return {name: value for name, value in environment.items() if name != TOKEN}
