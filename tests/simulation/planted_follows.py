"""Bugs in the delivery of follows, to be found: in a module, some text (which stands there once) becomes another."""

ATTEMPT, COURIER, LEDGER = "bot.daily.delivery_attempt", "bot.daily.courier", "bot.ledger.deliveries"
SELECTOR, WATCH, SUBSCRIPTIONS = "bot.daily.news_selector", "bot.daily.news_watch", "bot.ledger.subscriptions"

FOLLOW_PLANTS = {
    "posted news not noted": (LEDGER, '(_NOTE_POSTED_NEWS, {"id": delivery_id, "history_channel_id": history_channel_id}),', ""),
    "unconfirmed news not noted": (LEDGER, "[(_COUNT_AS_SHOWN, shown), (_NOTE_POSTED_NEWS, shown)]", "[(_COUNT_AS_SHOWN, shown)]"),
    "unconfirmed news in the next message": (
        LEDGER, "AND (subscription.id = :id OR delivery.channel_id = :channel_id)",
        "AND subscription.id <> :id AND delivery.channel_id = :channel_id",
    ),
    "keys compared by the first only": (SELECTOR, "if not posted.isdisjoint(event.keys):", "if event.key in posted:"),
    "neighbour's news of the day posted": (LEDGER, "    UNION SELECT key FROM posted_news WHERE channel_id = :channel_id AND posted_on = :day\n", ""),
    "one message at once too many": (ATTEMPT, ">= MOST_AT_ONCE", "> MOST_AT_ONCE"),
    "another channel's messages counted": (
        LEDGER, "WHERE guild_id = :guild_id AND subscription.channel_id = :channel_id AND local_date = :day AND part > 0",
        "WHERE local_date = :day AND part > 0 AND :guild_id AND :channel_id",
    ),
    "from before it was set up": (SELECTOR, "since = max(since, subscription.news_since or since)", "pass"),
    "from before it was resumed": (SUBSCRIPTIONS, "CASE WHEN subject IS NULL OR {_RUNS} THEN news_since ELSE :since END", "news_since"),
    "from before a restore": ("bot.ledger.restore", "news_since = max(news_since, :now),", "news_since = news_since,"),
    "what comes in later is lost": (LEDGER, ") THEN :due_at + (:due_at - :news_until)", ") AND 0 THEN :due_at"),
    "nothing looks again": (ATTEMPT, "await self._subscriptions.look_again(subscription.id, at)", "pass"),
    "fresh news posted": (SELECTOR, "NEWS_AGE = timedelta(minutes=30)", "NEWS_AGE = timedelta(minutes=3)"),
    "muted news posted": (SELECTOR, "elif event.key in hidden:", "elif False:"),
    "news of long ago posted": (SELECTOR, "elif event.date < oldest or _is_too_old(event):", "elif False:"),
    "only what came since the last post": (SELECTOR, "since = until - max(period, _DAY) - NEWS_DAYS", "since = until - period"),
    "only what was fetched just now": (WATCH, "timedelta(minutes=30), timedelta(days=2)", "timedelta(minutes=30), timedelta(minutes=30)"),
    "news that could not be noted forgotten": (
        WATCH, "if subjects := await self._subjects.match(event.terms):",
        "self._handled[event.key] = event.seen\n                if subjects := await self._subjects.match(event.terms):",
    ),
    "one token for all of a date": ("bot.domain.delivery", 'of_part = f"/{part}" if part else ""', 'of_part = ""'),
}  # fmt: skip
