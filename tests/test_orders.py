"""What admins see of many orders fits Discord, whatever is wrong with them and in whatever language."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from discord_limits import check_embed

from bot.cards.subscriptions import doctor_card, list_card
from bot.daily.admin_notices import lacking
from bot.daily.permissions import Access
from bot.daily.status import SubscriptionStatus
from bot.domain.schedule import Plan
from bot.domain.subscription import Delivery, Empty, Pause, PostOptions, State, Step, Subscription
from bot.ledger.deliveries import FollowUp
from bot.locale.language import CATALOGUES, Message

NOW = datetime(2026, 12, 30, 12, tzinfo=UTC)
LACKS = (Message("Send Messages in Threads"), Message("Read Message History"), Message("Embed Links"))
ID = 1_400_000_000_000_000_000
WISHES = PostOptions(
    ID, Plan(time(21, 30), "America/Argentina/ComodRivadavia"), topic="k" * 12, topic_name="*Topic* " * 20, role=ID,
    thread=True, publish=True, pin=True, tag=ID, language="zh", empty=Empty.NEAREST,
)  # fmt: skip
REASON = lacking(LACKS)
SENT = Delivery(1, 1, date(2026, 12, 28), NOW, State.SENT, late=True, channel=ID, message=ID)
FAILED = Delivery(2, 1, date(2026, 12, 29), NOW, State.FAILED, reason=REASON, unwanted_skip=True)
WORST = SubscriptionStatus(
    subscription=Subscription(1, ID, 1, WISHES, NOW, NOW, paused=Pause.FAILING, failures=1000),
    last=FAILED,
    sent=SENT,
    waiting=replace(FAILED, state=State.DUE),
    next_at=NOW,
    access=Access(LACKS, LACKS, LACKS),
    problem=Message("I cannot see its channel: give me View Channel there; to a private thread, add me."),
    failed=[FollowUp(1, step, 1, ID, ID, NOW, "A title", "failed", REASON) for step in Step],
)


def numbered(many: int) -> list[SubscriptionStatus]:
    orders = [replace(WORST.subscription, number=10_000 - each) for each in range(many)]
    return [replace(WORST, subscription=order) for order in orders]


@pytest.mark.parametrize("locale", ["en-US", *CATALOGUES])
@pytest.mark.parametrize("many", [0, 1, 10, 25])
def test_as_many_orders_as_there_may_be_fit_a_card(locale: str, many: int) -> None:
    for card in (doctor_card(numbered(many), locale=locale), list_card(numbered(many), most=25, locale=locale)):
        assert check_embed(dict(card.to_dict())) <= 6000
        assert len(card.fields) == many


@pytest.mark.parametrize("locale", ["en-US", *CATALOGUES])
def test_what_is_missing_is_told_first(locale: str) -> None:
    ailing = [replace(each, problem=None, failed=[], access=Access(LACKS)) for each in numbered(10)]
    for field in doctor_card(ailing, locale=locale).fields:
        lines = (field.value or "").splitlines()
        assert "**" in lines[1], "right after the channel"
