"""Daily posts and follows as admins see them: what was set up, and how it is doing."""

from collections.abc import Iterator, Sequence

import discord

from bot.cards.event_card import COLOUR, embed_length
from bot.cards.limits import EMBED, FIELD_VALUE, escape_discord, fit, fit_lines
from bot.cards.subscription_words import WORDS, about
from bot.domain.delivery import Delivery, DeliveryState, FollowUpStep, NewsReport
from bot.domain.status import MissingPermissions, SubscriptionStatus
from bot.domain.subscription import MOST_AT_ONCE, Content, EmptyDay, Kind, Pause, PostOptions, Subscription
from bot.domain.text import length
from bot.domain.time_of_day import format_time
from bot.domain.when import when_in_words
from bot.locale.event_languages import language_name
from bot.locale.language import Language, Message, language

# Lengths, in characters.
_HEADLINE = 90
_TOPIC = 100
# Lines with a link each: so many fit into a field.
_LINES_OF_FIELD = 4
_STEP_NAMES = {
    FollowUpStep.THREAD: Message("opening a thread"),
    FollowUpStep.PUBLISH: Message("publishing it"),
    FollowUpStep.PIN: Message("pinning it"),
}


def subscription_line(subscription: Subscription, *, channel_name: str, locale: str | None) -> str:
    """Return a subscription in one line, as a menu shows it: ``1 · #news · 09:00 Europe/Berlin · NASA``."""
    options, say = subscription.options, language(locale)
    plan = options.plan
    time = f"{format_time(plan.time)} {plan.zone}" if subscription.kind is Kind.DAILY_POST else when_in_words(plan, say)
    parts = [str(subscription.number), channel_name, time, options.subject_name or options.topic_name]
    return " · ".join(filter(None, parts))


def subscription_card(
    subscription: Subscription, *, title: str, next_line: str, notes: Sequence[str] = (), locale: str | None
) -> discord.Embed:
    """Show a subscription: what is posted, where and when, when the next post comes, and what admins should know."""
    say = language(locale)
    embed = discord.Embed(title=title, colour=COLOUR, description="\n".join(_option_lines(subscription.options, say)))
    embed.add_field(name=say("Next post"), value=next_line[:1].upper() + next_line[1:], inline=False)
    if notes:
        embed.add_field(name=say("Good to know"), value=fit_lines(f"• {note}" for note in notes), inline=False)
    return embed


def _option_lines(options: PostOptions, say: Language) -> Iterator[str]:
    yield _when_line(options, say)
    if options.subject_name:
        yield say("What is new about **{subject}**", subject=fit(say.script(options.subject_name), _TOPIC))
    yield say.many("A lead story and up to {count} other", "A lead story and up to {count} others", options.count)
    yield from _choice_lines(options, say)
    if extras := _extras(options):
        yield say("Each post {does}", does=extras)
    if options.late:
        yield say("If late, it is still posted up to {hours} h after its time, marked as late", hours=options.late)
    else:
        yield say("If late, it is skipped")
    yield _nothing_line(options, say)


def _choice_lines(options: PostOptions, say: Language) -> Iterator[str]:
    """Say which events are chosen from."""
    if options.content is Content.NEWS:
        yield say("Posts yesterday's news")
    elif options.content is Content.BOTH:
        yield say("Posts yesterday's news and anniversaries")
    if options.topic_name:
        yield say("Only about **{topic}**", topic=fit(say.script(options.topic_name), _TOPIC))
    if options.language:
        yield say("Only events in {language}", language=escape_discord(language_name(options.language, say.locale)))


def _nothing_line(options: PostOptions, say: Language) -> str:
    """Say what comes where there is nothing, or, of what is posted at once, where there is much."""
    if options.plan.at_once:
        return say(
            "What comes in together is one post; a channel gets at most {most} such posts a day", most=MOST_AT_ONCE
        )
    if options.kind is Kind.FOLLOW:
        return say("If there is nothing new: nothing")
    if options.empty is EmptyDay.NEAREST:
        return say("On a day without events: the nearest day's events")
    return say("On a day without events: nothing")


def _when_line(options: PostOptions, say: Language) -> str:
    """Say where and when the posts come."""
    plan, channel = options.plan, f"<#{options.channel_id}>"
    zone = escape_discord(plan.zone)
    if options.kind is Kind.DAILY_POST:
        days, time = say.weekdays(plan.weekdays), format_time(plan.time)
        return say("{channel}, {weekdays} at **{time}** ({zone})", channel=channel, weekdays=days, time=time, zone=zone)
    when = f"**{when_in_words(plan, say)}**"
    return say("{channel}, {when} ({zone})", channel=channel, when=when, zone=zone)


def _extras(options: PostOptions) -> list[Message]:
    """Return what is done to each post beyond showing events."""
    extras = [Message("mentions {role}", role=f"<@&{options.role_id}>")] if options.role_id else []
    extras += [Message("opens a thread")] if options.thread else []
    extras += [Message("is published")] if options.publish else []
    extras += [Message("is pinned")] if options.pin else []
    extras += [Message("has a tag")] if options.tag_id else []
    return extras


def next_line(status: SubscriptionStatus, say: Language) -> str:
    """Say when a subscription posts next, in the reader's time and in the subscription's."""
    subscription = status.subscription
    plan, words = subscription.options.plan, WORDS[subscription.kind]
    if subscription.paused is Pause.BY_ADMIN:
        return say.render(words.resume)
    if plan.at_once:
        line = say("as soon as something new comes in")
    elif status.next_at is None:
        return say.render(words.no_next_post)
    else:
        full, relative = (discord.utils.format_dt(status.next_at, style) for style in ("F", "R"))
        local_time = say("{time} in {zone}", time=format_time(plan.time), zone=escape_discord(plan.zone))
        line = say("{moment} ({relative}), {local_time}", moment=full, relative=relative, local_time=local_time)
    if not subscription.paused:
        return line
    return "\n".join((line, say("Paused after repeated failures; it resumes by itself as soon as it can.")))


def _labelled_next_line(status: SubscriptionStatus, say: Language) -> str:
    """Say in a list when a subscription posts next. Where no post is to come, that is a sentence of its own."""
    subscription = status.subscription
    has_next = subscription.options.plan.at_once or status.next_at is not None
    line = next_line(status, say)
    return say("Next: {line}", line=line) if has_next and subscription.paused is not Pause.BY_ADMIN else line


def list_card(
    statuses: Sequence[SubscriptionStatus],
    *,
    kind: Kind = Kind.DAILY_POST,
    others: int = 0,
    max_count: int,
    locale: str | None,
) -> discord.Embed:
    """Show all subscriptions of one kind that a server has.

    ``others`` is how many it has of the other kind, ``max_count`` how many it may have of both.
    """
    say, words = language(locale), WORDS[kind]
    embed = discord.Embed(title=say.render(words.title), colour=COLOUR)
    embed.description = say.render(_count(len(statuses), others, max_count)) if statuses else say.render(words.none)
    names = [_name(status, say) for status in statuses]
    space = _space_per_field(embed, names)
    for name, status in zip(names, statuses, strict=True):
        lines = [*_option_lines(status.subscription.options, say), _labelled_next_line(status, say)]
        embed.add_field(name=name, value=fit_lines(lines, space), inline=False)
    return embed


def _count(own: int, others: int, most: int) -> Message:
    if not others:
        return Message("{count} of at most {most}", count=own, most=most)
    # Not a number with a full stop in front: Discord would make a list of that.
    return Message("Daily posts and follows together: {total} of at most {most}", total=own + others, most=most)


def doctor_card(
    statuses: Sequence[SubscriptionStatus],
    *,
    kind: Kind = Kind.DAILY_POST,
    locale: str | None,
    faults: Sequence[Message] = (),
) -> discord.Embed:
    """Show for each subscription the last post, the next one, what is missing, and why the last one did not come.

    ``faults`` are what is wrong with the bot itself. Of a single follow, what it found lately is shown, too.
    """
    say, words = language(locale), WORDS[kind]
    embed = discord.Embed(title=say.render(words.status_title), colour=COLOUR)
    lines = [f"⚠ {say.render(fault)}" for fault in faults]
    if not statuses:
        lines.append(say.render(words.none))
    if kind is Kind.FOLLOW and len(statuses) > 1:
        lines.append(say("`/follow doctor` shows more of a single one: choose it with “follow”."))
    embed.description = "\n".join(lines) or None
    names = [
        say("⚠ Needs attention: {name}", name=_name(status, say)) if _needs_attention(status) else _name(status, say)
        for status in statuses
    ]
    space = _space_per_field(embed, names)
    for name, status in zip(names, statuses, strict=True):
        embed.add_field(name=name, value=fit_lines(_status_lines(status, say), space), inline=False)
    if kind is Kind.FOLLOW and len(statuses) == 1:
        _add_found(embed, statuses[0], say)
    return embed


def _add_found(embed: discord.Embed, status: SubscriptionStatus, say: Language) -> None:
    """Add what a follow found in its last periods."""
    lines = [_found_line(status.subscription.guild_id, delivery, say) for delivery in status.found]
    lately, earlier = lines[:_LINES_OF_FIELD], lines[_LINES_OF_FIELD:]
    lately = lately or [say("Nothing yet.")]
    for name, part in ((say("What it found lately"), lately), (say("Earlier"), earlier)):
        if part:
            space = min(FIELD_VALUE, EMBED - embed_length(embed) - length(name))
            embed.add_field(name=name, value=fit_lines(part, space), inline=False)


def _found_line(guild_id: int, delivery: Delivery, say: Language) -> str:
    """Say in one line what a follow found, what it posted, and what not and why."""
    report = delivery.report or NewsReport()
    if delivery.state is DeliveryState.SENT:
        posted = say.many("{count} posted", "{count} posted", report.posted)
        parts = [f"[{posted}]({_link_to(guild_id, delivery)})"]
    elif not report.matched or report.posted or not _is_wanted_skip(delivery):
        parts = [say.render(delivery.reason or Message("there was nothing new"))]
    else:
        # What there was, and why it was not posted, says enough.
        parts = []
    parts += [
        say.render(part)
        for count, part in (
            (report.posted_before, Message("{count} posted before", count=report.posted_before)),
            (report.muted, Message("{count} muted", count=report.muted)),
            (report.too_old, Message("{count} too old", count=report.too_old)),
        )
        if count
    ]
    # Of what is posted at once, a date may have several.
    moment = discord.utils.format_dt(delivery.due_at, "f") if delivery.part else f"**{say.short(delivery.day)}**"
    return " · ".join((moment, *parts))


def _name(status: SubscriptionStatus, say: Language) -> str:
    return say.render(about(WORDS[status.subscription.kind].name, status.subscription))


def _space_per_field(embed: discord.Embed, names: Sequence[str]) -> int:
    """Return how many characters the value of each field may have, if an embed gets fields of these names."""
    left = EMBED - embed_length(embed) - sum(map(length, names))
    return min(FIELD_VALUE, left // max(len(names), 1))


def _needs_attention(status: SubscriptionStatus) -> bool:
    missing = status.missing.required or status.missing.for_options
    did_not_come = status.last is not None and status.last.unwanted_skip
    has_to_wait = status.waiting is not None and status.waiting.reason is not None
    return bool(status.problem or missing or did_not_come or has_to_wait or status.failed_steps)


def _status_lines(status: SubscriptionStatus, say: Language) -> Iterator[str]:
    subscription, last = status.subscription, status.last
    options = subscription.options
    subject = [f"**{fit(say.script(options.subject_name), _TOPIC)}**"] if options.subject_name else []
    yield " · ".join((say("In {channel}", channel=f"<#{options.channel_id}>"), *subject))
    # What is wrong comes first: with many subscriptions there is little space for each.
    if status.problem:
        yield say.render(status.problem)
    yield from missing_lines(status.missing, say)
    for follow_up in status.failed_steps:
        step = _STEP_NAMES[follow_up.step]
        yield say("The last post was sent, but {what} failed: {reason}", what=step, reason=follow_up.reason or "?")
    # That nothing is new is shown with what a follow found.
    is_quiet = bool(status.found) and last is not None and _is_wanted_skip(last)
    if last is not None and last.state is not DeliveryState.SENT and not is_quiet:
        yield say("The post for {day} was not sent: {reason}", day=last.day, reason=last.reason or "?")
        if last.retry_until:
            yield say("I keep trying until {moment}.", moment=discord.utils.format_dt(last.retry_until, "f"))
    if subscription.paused is Pause.AFTER_FAILURES:
        yield say.many(
            "Paused after {count} failed day",
            "Paused after {count} failed days in a row",
            subscription.failures,
        )
    yield _last_sent_line(status, say)
    if status.waiting is not None:
        day = status.waiting.day
        if reason := status.waiting.reason:
            yield say("The post for {day} is due and waiting: {reason}", day=day, reason=reason)
        else:
            yield say("The post for {day} is being sent", day=day)
    yield _labelled_next_line(status, say)


def _is_wanted_skip(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.SKIPPED and not delivery.unwanted_skip


def _last_sent_line(status: SubscriptionStatus, say: Language) -> str:
    sent = status.last_sent
    if sent is None:
        return say("Last: none yet")
    name = say("the post for {day}", day=sent.day)
    post = f"[{name}]({_link_to(status.subscription.guild_id, sent)})"
    return say("Last: {post}, late", post=post) if sent.late else say("Last: {post}", post=post)


def missing_lines(missing: MissingPermissions, say: Language) -> Iterator[str]:
    """Say which permissions are missing in a channel."""
    if missing.required:
        yield say("Missing (nothing can be posted without it): **{names}**", names=missing.required)
    if missing.for_options:
        yield say("Missing for the options you chose: **{names}**", names=missing.for_options)
    if missing.recommended:
        yield say(
            "Missing: **{names}**. Without it, a post whose sending was interrupted is not sent again, since"
            " I cannot check whether it arrived",
            names=missing.recommended,
        )


def _link_to(guild_id: int, delivery: Delivery) -> str:
    """Return the address of a delivery's message."""
    return f"https://discord.com/channels/{guild_id}/{delivery.channel_id}/{delivery.message_id}"
