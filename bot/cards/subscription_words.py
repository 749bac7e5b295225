"""What admins read about daily posts and about follows: the sentences that say the same of each."""

from dataclasses import dataclass

from bot.domain.subscription import Kind, Subscription
from bot.locale.language import Message, Part


@dataclass(frozen=True, slots=True)
class SubscriptionWords:
    """Sentences about one kind of subscription. Some have placeholders, ``{number}`` in most: ``fill`` fills them."""

    name: Message
    title: Message
    status_title: Message
    week_title: Message
    none: Message
    none_in_server: Message
    which: Message
    unknown_number: Message
    is_set_up: Message
    is_changed: Message
    is_paused: Message
    is_resumed: Message
    is_removed: Message
    stays: Message
    asks_to_remove: Message
    nothing_to_change: Message
    exists: Message
    exists_paused: Message
    no_next_post: Message
    resume: Message
    channel_is_gone: Message
    no_channel: Message
    no_tag: Message
    tag_is_required: Message
    only_managers: Message
    only_in_servers: Message


_DAILY_POST = SubscriptionWords(
    name=Message("Daily post {number}"),
    title=Message("Daily posts of this server"),
    status_title=Message("Status of the daily posts"),
    week_title=Message("Daily post {number}: the next seven days"),
    none=Message("There are none yet: `/daily add` sets one up."),
    none_in_server=Message("This server has no daily posts yet: `/daily add` sets one up."),
    which=Message("Which one? This server has daily posts {numbers}: choose one with “post”."),
    unknown_number=Message("This server has no daily post {number}. Existing numbers: {numbers}."),
    is_set_up=Message("Daily post {number} is set up"),
    is_changed=Message("Daily post {number} is changed"),
    is_paused=Message("Daily post {number} is paused; `/daily resume` resumes it."),
    is_resumed=Message("Daily post {number} is resumed"),
    is_removed=Message("Daily post {number} is removed."),
    stays=Message("Daily post {number} stays as it is."),
    asks_to_remove=Message("Remove daily post {number} in {channel} for good, with all its settings?"),
    nothing_to_change=Message("Nothing to change: choose at least one option, such as “time”."),
    exists=Message(
        "That daily post already exists: number {number} has exactly the same options, so nothing was set"
        " up. `/daily edit` changes it."
    ),
    exists_paused=Message(
        "That daily post already exists and is paused: number {number} has exactly the same options, so"
        " nothing was set up. `/daily resume` resumes it."
    ),
    no_next_post=Message("No next post is planned; `/daily resume` plans one."),
    resume=Message("Paused; `/daily resume` resumes it."),
    channel_is_gone=Message("Its channel is gone: choose another one with `/daily edit`."),
    no_channel=Message("the channel is gone. Choose another one with `/daily edit`."),
    no_tag=Message("the forum's tag is gone. Choose another one with `/daily edit`."),
    tag_is_required=Message("the forum requires a tag on each post. Choose one with `/daily edit`."),
    only_managers=Message("Only members with Manage Server can change this server's daily posts."),
    only_in_servers=Message("Daily posts work only in a server: add the bot to one, and use this command there."),
)
_FOLLOW = SubscriptionWords(
    name=Message("Follow {number}"),
    title=Message("Follows of this server"),
    status_title=Message("Status of the follows"),
    week_title=Message("Follow {number}: the next posts"),
    none=Message("There are none yet: `/follow add` sets one up."),
    none_in_server=Message("This server has no follows yet: `/follow add` sets one up."),
    which=Message("Which one? This server has follows {numbers}: choose one with “follow”."),
    unknown_number=Message("This server has no follow {number}. Existing numbers: {numbers}."),
    is_set_up=Message("Follow {number} is set up"),
    is_changed=Message("Follow {number} is changed"),
    is_paused=Message("Follow {number} is paused; `/follow resume` resumes it."),
    is_resumed=Message("Follow {number} is resumed"),
    is_removed=Message("Follow {number} is removed."),
    stays=Message("Follow {number} stays as it is."),
    asks_to_remove=Message("Remove follow {number} in {channel} for good, with all its settings?"),
    nothing_to_change=Message("Nothing to change: choose at least one option, such as “when”."),
    exists=Message(
        "That follow already exists: number {number} has exactly the same options, so nothing was set up."
        " `/follow edit` changes it."
    ),
    exists_paused=Message(
        "That follow already exists and is paused: number {number} has exactly the same options, so nothing"
        " was set up. `/follow resume` resumes it."
    ),
    no_next_post=Message("No next post is planned; `/follow resume` plans one."),
    resume=Message("Paused; `/follow resume` resumes it."),
    channel_is_gone=Message("Its channel is gone: choose another one with `/follow edit`."),
    no_channel=Message("the channel is gone. Choose another one with `/follow edit`."),
    no_tag=Message("the forum's tag is gone. Choose another one with `/follow edit`."),
    tag_is_required=Message("the forum requires a tag on each post. Choose one with `/follow edit`."),
    only_managers=Message("Only members with Manage Server can change this server's follows."),
    only_in_servers=Message("Follows work only in a server: add the bot to one, and use this command there."),
)
WORDS = {Kind.DAILY_POST: _DAILY_POST, Kind.FOLLOW: _FOLLOW}


def fill(sentence: Message, **parts: Part) -> Message:
    """Return a sentence with its placeholders filled."""
    return Message(sentence.text, **parts)


def about(sentence: Message, subscription: Subscription) -> Message:
    """Return a sentence with the number and the channel of the subscription that it is about."""
    return fill(sentence, number=str(subscription.number), channel=f"<#{subscription.options.channel_id}>")
