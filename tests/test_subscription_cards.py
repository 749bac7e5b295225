"""The cards of many subscriptions fit Discord's limits, whatever is wrong with them and in whatever language."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from bot.cards.subscriptions import doctor_card, list_card
from bot.daily.permissions import permissions_notice
from bot.domain.delivery import Delivery, DeliveryState, FollowUp, FollowUpState, FollowUpStep, NewsReport
from bot.domain.schedule import Plan
from bot.domain.status import MissingPermissions, SubscriptionStatus
from bot.domain.subscription import EmptyDay, Kind, Pause, PostOptions, Subscription
from bot.locale.language import CATALOGUES, Message
from tests.discord_double.limits import check_embed

NOW = datetime(2026, 12, 30, 12, tzinfo=UTC)
NAMES = (Message("Send Messages in Threads"), Message("Read Message History"), Message("Embed Links"))
ID = 1_400_000_000_000_000_000
OPTIONS = PostOptions(
    ID, Plan(time(21, 30), "America/Argentina/ComodRivadavia"), topic="k" * 12, topic_name="*Topic* " * 20, role_id=ID,
    thread=True, publish=True, pin=True, tag_id=ID, language="zh", empty=EmptyDay.NEAREST,
)  # fmt: skip
REASON = permissions_notice(NAMES)
SENT = Delivery(1, 1, date(2026, 12, 28), NOW, DeliveryState.SENT, late=True, channel_id=ID, message_id=ID)
FAILED = Delivery(2, 1, date(2026, 12, 29), NOW, DeliveryState.FAILED, reason=REASON, unwanted_skip=True)
WORST = SubscriptionStatus(
    subscription=Subscription(1, ID, 1, OPTIONS, NOW, NOW, paused=Pause.AFTER_FAILURES, failures=1000),
    last=FAILED,
    last_sent=SENT,
    waiting=replace(FAILED, state=DeliveryState.DUE),
    next_at=NOW,
    missing=MissingPermissions(NAMES, NAMES, NAMES),
    problem=Message("I cannot see its channel: give me View Channel there; if it is a private thread, add me to it."),
    failed_steps=[
        FollowUp(1, step, 1, ID, ID, NOW, "A title", FollowUpState.FAILED, REASON) for step in FollowUpStep
    ],
)  # fmt: skip


FOLLOW = replace(OPTIONS, topic=None, topic_name=None, subject="k" * 12, subject_name="*Topic*; word " * 20)
REPORT = NewsReport(posted=7, posted_before=12, muted=3, too_old=2)
FOUND = [replace(SENT, day=date(2026, 12, day), report=REPORT) for day in range(28, 21, -1)]


def worst_statuses(count: int) -> list[SubscriptionStatus]:
    subscriptions = [replace(WORST.subscription, number=10_000 - index) for index in range(count)]
    return [replace(WORST, subscription=subscription) for subscription in subscriptions]


@pytest.mark.parametrize("locale", ["en-US", *CATALOGUES])
@pytest.mark.parametrize("count", [0, 1, 10, 25])
def test_as_many_subscriptions_as_a_server_may_have_fit_a_card(locale: str, count: int) -> None:
    statuses = worst_statuses(count)
    for card in (doctor_card(statuses, locale=locale), list_card(statuses, max_count=25, locale=locale)):
        assert check_embed(dict(card.to_dict())) <= 6000
        assert len(card.fields) == count


@pytest.mark.parametrize("locale", ["en-US", *CATALOGUES])
@pytest.mark.parametrize("count", [0, 1, 10, 25])
def test_as_many_follows_as_a_server_may_have_fit_a_card(locale: str, count: int) -> None:
    statuses = [
        replace(status, subscription=replace(status.subscription, options=FOLLOW), found=FOUND)
        for status in worst_statuses(count)
    ]
    cards = (
        doctor_card(statuses, kind=Kind.FOLLOW, locale=locale),
        list_card(statuses, kind=Kind.FOLLOW, others=5, max_count=25, locale=locale),
    )
    for card, extra in zip(cards, (2 if count == 1 else 0, 0), strict=True):
        assert check_embed(dict(card.to_dict())) <= 6000
        assert len(card.fields) == count + extra


@pytest.mark.parametrize("locale", ["en-US", *CATALOGUES])
def test_the_last_seven_periods_of_a_follow_fit_with_a_link_each(locale: str) -> None:
    options = PostOptions(ID, OPTIONS.plan, subject="k" * 12, subject_name="NASA")
    subscription = Subscription(1, ID, 1, options, NOW, NOW)
    status = SubscriptionStatus(subscription, SENT, SENT, None, NOW, MissingPermissions(), None, [], FOUND)
    card = doctor_card([status], kind=Kind.FOLLOW, locale=locale)
    lines = [line for field in card.fields[-2:] for line in (field.value or "").splitlines()]
    assert len(lines) == 7
    assert all(f"https://discord.com/channels/{ID}/{ID}/{ID}" in line for line in lines)


@pytest.mark.parametrize("locale", ["en-US", *CATALOGUES])
def test_missing_permissions_come_first(locale: str) -> None:
    statuses = [
        replace(status, problem=None, failed_steps=[], missing=MissingPermissions(NAMES))
        for status in worst_statuses(10)
    ]
    for field in doctor_card(statuses, locale=locale).fields:
        lines = (field.value or "").splitlines()
        assert "**" in lines[1], "right after the channel"


@pytest.mark.parametrize("locale", ["ja", "zh-CN", "zh-TW"])
def test_chinese_and_japanese_cards_have_brackets_and_commas_of_their_own(locale: str) -> None:
    subscription = replace(WORST.subscription, paused=None)
    status = SubscriptionStatus(subscription, SENT, SENT, None, NOW, MissingPermissions(), None, [])
    for card in (doctor_card([status], locale=locale), list_card([status], max_count=25, locale=locale)):
        (field,) = card.fields
        *_, line = (field.value or "").splitlines()
        moment = f"<t:{int(NOW.timestamp())}"
        assert f"{moment}:F>（{moment}:R>）" in line
        assert ", " not in line
