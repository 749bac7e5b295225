"""Who an interaction is answered for."""

from typing import Any

import discord

from bot.clock import Clock
from bot.domain.audience import Audience
from bot.guild_access import may_manage
from bot.ledger.preferences import Preferences
from bot.locale.language import event_language_for


class Audiences:
    """Makes the audience of an interaction from what its person and its server have set."""

    def __init__(self, *, preferences: Preferences, clock: Clock) -> None:
        self._preferences = preferences
        self._clock = clock

    def of(self, interaction: discord.Interaction[Any]) -> Audience:
        """Return the audience of an interaction, as things are set now."""
        settings = self._preferences.personal(interaction.user.id)
        locale = interaction.locale.value
        return Audience(
            locale=locale,
            prefer=event_language_for(locale),
            today=settings.today(self._clock.now()),
            muted=self._preferences.mutes(interaction.guild_id),
            private=settings.private,
            may_follow=may_manage(interaction) and interaction.client.get_guild(interaction.guild_id or 0) is not None,
        )
