"""What a URL may be, the first one and those that redirects lead to. Where its name leads is in `addresses`."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from yarl import URL

from bot.domain.errors import Refused, Unreachable

_SHOWN = 200
_USER_INFO = re.compile(r"//[^/]*@")


class Targets:
    """What may be fetched: http and https, without a user; ``allowed`` are ``host:port`` with addresses of any kind."""

    def __init__(self, allowed: AbstractSet[str]) -> None:
        self._allowed = frozenset(_place(URL(f"http://{place}")) for place in allowed)

    def first(self, text: str, params: Mapping[str, str] | None) -> URL:
        """Return the URL to begin with; raises Refused."""
        url = _parse(text)
        _check(url)
        return url.extend_query(params).with_fragment(None) if params else url.with_fragment(None)

    def next(self, url: URL, location: str | None, *, secure: bool) -> URL:
        """Return where a redirect leads; ``secure`` if https was on the way. Raises Refused and Unreachable."""
        if not location:
            raise Unreachable(f"{plain_url(url)} redirects, but does not say where to.")
        target = _parse(location, url)
        _check(target, f", to which {plain_url(url)} redirects,")
        if secure and target.scheme == "http" and not self.is_allowed(target):
            raise Refused(
                f"{plain_url(url)} redirects from https to {plain_url(target)}, which anybody on the way could change."
            )
        return target.with_fragment(None)

    def is_allowed(self, url: URL) -> bool:
        """Return whether exactly this host and port may have an address that is not public."""
        return _place(url) in self._allowed


def plain_url(url: URL) -> str:
    """Return a URL for a sentence: without user, query and fragment, and not too long."""
    if not url.raw_host:
        return f"{url.scheme}:…"
    text = f"{url.scheme}://{url.host_port_subcomponent}{url.raw_path}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _parse(text: str, base: URL | None = None) -> URL:
    try:
        return base.join(URL(text)) if base else URL(text)
    except ValueError as error:
        plain = _USER_INFO.sub("//…@", text.partition("?")[0])[:_SHOWN]
        raise Refused(f"{plain!a} is not a web address.") from error


def _check(url: URL, origin: str = "") -> None:
    """Refuse what is not plainly an address on the web; ``origin`` says in the sentence where it comes from."""
    if url.scheme not in {"http", "https"}:
        raise Refused(f"{plain_url(url)}{origin} is not fetched: only http and https are.")
    if not url.raw_host:
        raise Refused(f"{plain_url(url)}{origin} is not fetched: it names no host.")
    if url.raw_user is not None or url.raw_password is not None:
        raise Refused(f"{plain_url(url)}{origin} is not fetched: there is a user name or a password in it.")


def _place(url: URL) -> tuple[str | None, int | None]:
    """Return host and port as aiohttp connects to them."""
    return url.raw_host, url.port
