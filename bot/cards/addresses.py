"""Cards without images and addresses: Discord refuses a whole message for one that it does not like. Pure."""

from collections.abc import Sequence

import discord

# A file that comes with the message is no address.
_ATTACHMENT = "attachment://"


def has_addresses(embeds: Sequence[discord.Embed]) -> bool:
    """Tell whether any of these cards has an image, or an address behind its title or author."""
    return any(
        embed.to_dict() != plain.to_dict() for embed, plain in zip(embeds, without_addresses(embeds), strict=True)
    )


def without_addresses(embeds: Sequence[discord.Embed]) -> list[discord.Embed]:
    """Return copies of cards without images and without addresses behind titles and authors; their words stay."""
    return [_without_addresses(embed) for embed in embeds]


def _without_addresses(embed: discord.Embed) -> discord.Embed:
    plain = embed.copy()
    plain.url = None
    if not (plain.image.url or "").startswith(_ATTACHMENT):
        plain.set_image(url=None)
    plain.set_thumbnail(url=None)
    if plain.author.name:
        plain.set_author(name=plain.author.name)
    if plain.footer.text:
        plain.set_footer(text=plain.footer.text)
    return plain
