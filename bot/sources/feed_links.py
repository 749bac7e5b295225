"""Addresses of articles: how they are stored, and how two of them are compared. Pure."""

import re

from yarl import URL

# What only counts readers; in any case.
_TRACKING = re.compile(
    r"(?:utm_|at_|ns_|mc_|wt_|pk_|piwik_|matomo_|hsa_|_hs|oly_|vero_)\w*"
    r"|(?:fb|g|d|y|tw|msclk|igsh|ttcl|wbra|gbra)cl(?:s)?id|fbclid|gclid|msclkid|igshid|igsh|ttclid|wbraid|gbraid|yclid"
    r"|xtor|ocid|cmpid|cmp|cid|ito|smid|spm|s_cid|ncid|icid|_ga|_gl|ftcamp|sc_\w+|wt\.\w+|__twitter_impression",
    re.IGNORECASE,
)
# What says that a reader came by a feed, whatever the parameter is called.
_FROM_FEED = re.compile(r"(?:rss=[^&]*|[^=&]+=(?:rss|feed|atom))", re.IGNORECASE)
# What would end a link in a page's list.
_UNSAFE = str.maketrans({"[": "%5B", "]": "%5D", "<": "%3C", ">": "%3E", '"': "%22", "'": "%27", " ": "%20"})
_LONGEST = 2000


def tidy_link(text: str | None) -> str | None:
    """Return an address on the web without what counts readers; None if it is none."""
    url = _parse(text)
    if url is None:
        return None
    query = "&".join(part for part in url.raw_query_string.split("&") if part and not _is_tracking(part))
    fragment = "" if _is_tracking(url.raw_fragment) else url.raw_fragment
    link = f"{_origin(url)}{url.raw_path or '/'}{'?' + query if query else ''}{'#' + fragment if fragment else ''}"
    return link.translate(_UNSAFE)


def canonical_link(link: str) -> str:
    """Return that by which a tidy link is compared: scheme, ``www.``, a slash at the end and the fragment aside."""
    url = _parse(link)
    if url is None:
        return link
    query = "&".join(part for part in url.raw_query_string.split("&") if part and not _FROM_FEED.fullmatch(part))
    host = _origin(url).partition("//")[2].removeprefix("www.")
    return f"{host}{url.raw_path.rstrip('/')}{'?' + query if query else ''}"


def is_home(link: str) -> bool:
    """Return whether a link leads to a whole site, and to no article of it."""
    return "/" not in (canonical := canonical_link(link)) and "?" not in canonical


def _origin(url: URL) -> str:
    port = "" if url.is_default_port() or url.port is None else f":{url.port}"
    host = f"[{url.raw_host}]" if ":" in (url.raw_host or "") else (url.raw_host or "").rstrip(".")
    return f"{url.scheme}://{host}{port}"


def _parse(text: str | None) -> URL | None:
    text = (text or "").strip()
    try:
        url = URL(text)
        # Reading the port is what finds a wrong one.
        is_web = url.scheme in ("http", "https") and bool(url.raw_host) and url.port is not None
    except ValueError:
        return None
    return url if is_web and len(str(url)) <= _LONGEST and url.raw_user is None else None


def _is_tracking(part: str) -> bool:
    return bool(_TRACKING.fullmatch(part.partition("=")[0]))
