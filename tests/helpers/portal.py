"""A day's page of *Portal:Current events* for tests, and the recorded ones, which are not everywhere."""

from collections.abc import Iterator
from datetime import date

from bot.sources.day_page import DayPage
from tests.helpers.samples import REAL_PAGES

FEEDS = REAL_PAGES.parent / "feeds"
DAY = date(2024, 3, 5)
BBC, AP, DPA = "https://bbc.example/1", "https://ap.example/2?a=1&b=2", "http://dpa.example/3"


def html_page(content: str, day: str = "2024-03-05", anchor: str = "current-events-content description") -> str:
    """Return a day's page as MediaWiki renders it, with what stands around the events."""
    return f"""<div class="mw-parser-output"><style>.current-events{{margin:0}}</style><div class="vevent">
<div class="current-events-heading"><div role="heading"><span class="summary">The day
<span style="display: none;">&#160;(<span class="bday dtstart">{day}</span>)</span></span></div>
<ul class="editlink noprint"><li><a class="external text"
href="https://en.wikipedia.org/w/index.php?title=X&amp;action=edit">edit</a></li></ul></div>
<div class="{anchor}">{content}</div></div>
<div class="ongoing"><p><b>Ongoing</b></p><ul><li>A war <a class="external" href="{BBC}/o">(BBC)</a></li></ul></div>
</div>"""


def external(url: str, label: str) -> str:
    """Return an external link as MediaWiki renders it."""
    return f'<a rel="nofollow" class="external text" href="{url.replace("&", "&amp;")}">{label}</a>'


def event_texts(page: DayPage) -> Iterator[str]:
    """Yield all that a page's events show, but for their addresses."""
    for event in page.events:
        names = [source.name for source in event.sources]
        yield from (event.category or "", *event.headings, event.text, *event.links, *names)
