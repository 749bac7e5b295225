"""Reading a day's page of *Portal:Current events*, as HTML and as wikitext."""

import pytest

from bot.domain.errors import FetchError
from bot.domain.page import Source
from bot.sources.article_titles import article_title, linked_title
from bot.sources.day_page import DayEvent, DayPage
from bot.sources.portal_html import read_day_html
from bot.sources.portal_wikitext import read_day_wikitext
from tests.helpers.portal import AP, BBC, DAY, DPA, external, html_page


def from_html(content: str) -> DayPage:
    return read_day_html(html_page(content), DAY)


def from_wiki(content: str) -> DayPage:
    return read_day_wikitext(f"{{{{Current events|year=2024|month=03|day=5|content=\n{content}\n}}}}", DAY)


def only(page: DayPage) -> DayEvent:
    (event,) = page.events
    assert page.missed == 0
    return event


def sources(**names: str) -> tuple[Source, ...]:
    urls = {"bbc": BBC, "ap": AP, "dpa": DPA}
    return tuple(Source(name, urls[key]) for key, name in names.items())


# The same in both forms: what stands in a bullet, and what becomes of it.
HARBOUR = '<a href="/wiki/Harbour" title="Harbour">harbour</a>'
PAIRS: dict[str, tuple[str, str, str, tuple[Source, ...]]] = {
    "in brackets": (
        f"The {HARBOUR} opens. {external(BBC, '(BBC)')} {external(AP, '(AFP via <i>The Pilot</i>)')}",
        f"The [[harbour]] opens. [{BBC} (BBC)] [{AP} (AFP via ''The Pilot'')]",
        "The harbour opens.",
        sources(bbc="BBC", ap="AFP via The Pilot"),
    ),
    "several in one bracket": (
        f"It opens. ({external(BBC, 'BBC')}, {external(AP, 'AP')} and {external(DPA, '<i>The Pilot</i>')})",
        f"It opens. ([{BBC} BBC], [{AP} AP] and [{DPA} ''The Pilot''])",
        "It opens.",
        sources(bbc="BBC", ap="AP", dpa="The Pilot"),
    ),
    "a bracket outside": (
        f"It opens ({external(BBC, 'BBC')}) (AFP via {external(AP, 'AP')}).",
        f"It opens ([{BBC} BBC]) (AFP via [{AP} AP]).",
        "It opens.",
        sources(bbc="BBC", ap="AFP via AP"),
    ),
    "half a bracket outside": (
        f"It opens. ({external(BBC, 'BBC)')} {external(AP, '(AP')}) {external(DPA, '(Pilot')}",
        f"It opens. ([{BBC} BBC)] [{AP} (AP]) [{DPA} (Pilot]",
        "It opens.",
        sources(bbc="BBC", ap="AP", dpa="Pilot"),
    ),
    "square brackets": (
        f"It opens. {external(BBC, '[BBC')}] [{external(AP, 'AP')}]",
        f"It opens. [{BBC} [BBC]] [[{AP} AP]]",
        "It opens.",
        sources(bbc="BBC", ap="AP"),
    ),
    "italics across a bracket": (
        f"It opens. {external(BBC, '(<i>The Pilot)</i>')} {external(AP, '<i>(Science)</i>')}",
        f"It opens. [{BBC} (''The Pilot)''] [{AP} ''(Science)'']",
        "It opens.",
        sources(bbc="The Pilot", ap="Science"),
    ),
    "a bracket in a name": (
        f"It opens. {external(BBC, '(The Pilot (Cadiz))')} {external(AP, 'The Pilot (Cadiz)')}",
        f"It opens. [{BBC} (The Pilot (Cadiz))] [{AP} The Pilot (Cadiz)]",
        "It opens.",
        sources(bbc="The Pilot (Cadiz)", ap="The Pilot (Cadiz)"),
    ),
    "part of the sentence": (
        f"The port shows {external(BBC, 'a plan')} that “doubles” it. {external(AP, '(AP)')}",
        f"The port shows [{BBC} a plan] that “doubles” it. [{AP} (AP)]",
        "The port shows a plan that “doubles” it.",
        sources(bbc="a plan", ap="AP"),
    ),
    "part of a bracket": (
        f"He leaves (as {external(BBC, 'a letter')} that he wrote shows).",
        f"He leaves (as [{BBC} a letter] that he wrote shows).",
        "He leaves (as a letter that he wrote shows).",
        sources(bbc="a letter"),
    ),
    "without brackets behind the end": (
        f"It opens. {external(BBC, 'BBC')}, {external(AP, 'AP')};",
        f"It opens. [{BBC} BBC], [{AP} AP];",
        "It opens.",
        sources(bbc="BBC", ap="AP"),
    ),
    "round the whole sentence": (
        external(BBC, "The harbour of Cadiz opens again (BBC)"),
        f"[{BBC} The harbour of Cadiz opens again (BBC)]",
        "The harbour of Cadiz opens again",
        sources(bbc="BBC"),
    ),
    "a number": (
        f'It opens.<a class="external autonumber" href="{BBC}">[1]</a>',
        f"It opens.[{BBC}]",
        "It opens.",
        sources(bbc="bbc.example"),
    ),
    "twice the same": (
        f"It opens. {external(BBC, '(BBC)')} {external(BBC, '(BBC again)')}",
        f"It opens. [{BBC} (BBC)] [{BBC} (BBC again)]",
        "It opens.",
        sources(bbc="BBC"),
    ),
    "in the middle": (
        f"It opens {external(BBC, '(BBC)')}, 3 &lt; 4 ships &amp; 10<sup>3</sup> boats come. {external(AP, '(AP)')}",
        f"It opens [{BBC} (BBC)], 3 &lt; 4 ships &amp; 10<sup>3</sup> boats come. [{AP} (AP)]",
        "It opens, 3 < 4 ships & 10³ boats come.",
        sources(bbc="BBC", ap="AP"),
    ),
    "without a scheme": (
        f"It opens. {external('//bbc.example/1', '(BBC)')} {external('ftp://x.example/', '(files)')}",
        "It opens. [//bbc.example/1 (BBC)] [ftp://x.example/ (files)]",
        "It opens. (files)",
        sources(bbc="BBC"),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_citations_are_taken_out_of_the_text_and_become_sources(name: str) -> None:
    html, wiki, text, cited = PAIRS[name]
    event = only(from_html(f"<ul><li>{html}</li></ul>"))
    assert (event.text, event.sources) == (text, cited)
    assert only(from_wiki(f"* {wiki}")) == event


def test_headings_nest_and_end_with_their_bullets() -> None:
    html = from_html(f"""<p><b>Ships and <i>harbours</i></b></p>
<ul><li><a href="/wiki/Great_war_(sea)" title="Great war (sea)">Great war</a>
<ul><li><a href="/wiki/A" title="A">A</a>, <a href="/wiki/B%C3%A9" class="mw-redirect">Bé</a>:
<ul><li>One. {external(BBC, "(BBC)")}</li></ul></li>
<li>Two. {external(BBC, "(BBC)")}</li></ul></li>
<li>Without a link:<ul><li>Three. {external(BBC, "(BBC)")}</li></ul></li>
<li>Four. {external(BBC, "(BBC)")}</li></ul>
<div role="heading">Sport</div><ul><li>Five. {external(BBC, "(BBC)")}</li></ul>
<dl><dt>Law:</dt></dl><ul><li>Six. {external(BBC, "(BBC)")}</li></ul>
<div class="mw-heading"><h3>Art</h3><span class="mw-editsection">[edit]</span></div><ol><li>Seven.
{external(BBC, "(BBC)")}</li></ol>""")
    wiki = from_wiki(f"""'''Ships and ''harbours'''''
*[[Great war (sea)|Great war]]
**[[a]], [[Bé]]:
***One. [{BBC} (BBC)]
**Two. [{BBC} (BBC)]
* Without a link:
** Three. [{BBC} (BBC)]
* Four. [{BBC} (BBC)]
'''Sport'''
* Five. [{BBC} (BBC)]
;Law:
* Six. [{BBC} (BBC)]
=== Art ===
# Seven. [{BBC} (BBC)]""")
    ships = "Ships and harbours"
    assert [(event.category, event.headings, event.text) for event in html.events] == [
        (ships, ("Great war (sea)", "A", "Bé"), "One."),
        (ships, ("Great war (sea)",), "Two."),
        (ships, ("Without a link",), "Three."),
        (ships, (), "Four."),
        ("Sport", (), "Five."),
        ("Law", (), "Six."),
        ("Art", (), "Seven."),
    ]
    assert wiki == html


def test_a_bullet_may_be_an_event_above_others_or_name_its_topic_first() -> None:
    html = from_html(f"""<ul><li><a href="/wiki/Storm" title="Storm">Storm</a>: A pier breaks. {external(BBC, "(BBC)")}
<ul><li>A <a href="/wiki/Ship" title="Ship">ship</a> is lost. {external(AP, "(AP)")}</li></ul></li>
<li>At noon: it rains. {external(BBC, "(BBC)")}<ul><li>It hails. {external(AP, "(AP)")}</li></ul></li></ul>""")
    wiki = from_wiki(f"""* [[Storm]]: A pier breaks. [{BBC} (BBC)]
** A [[ship]] is lost. [{AP} (AP)]
* At noon: it rains. [{BBC} (BBC)]
** It hails. [{AP} (AP)]""")
    assert [(event.headings, event.text, event.links) for event in html.events] == [
        (("Storm",), "A pier breaks.", ()),
        (("Storm",), "A ship is lost.", ("Ship",)),
        ((), "At noon: it rains.", ()),
        ((), "It hails.", ()),
    ]
    assert wiki == html


def test_a_bullet_that_cites_nothing_is_no_event() -> None:
    assert from_html("<ul><li>A ship sails.</li><li class='mw-empty-elt'></li></ul>") == DayPage(DAY, ())
    assert from_wiki("* A ship sails.\n*\n\n__NOTOC__\n[[Category:Days]]") == DayPage(DAY, ())


def test_links_are_titles_of_articles_only() -> None:
    html = only(
        from_html(f"""<ul><li><a href="/wiki/Sea_(water)" title="Sea (water)">The sea</a> takes
<a href="https://en.wikipedia.org/wiki/Caf%C3%A9_Bar#History">a café</a>, <a class="new"
href="/w/index.php?title=Lost_pier&amp;action=edit&amp;redlink=1" title="Lost pier (page does not exist)">a pier</a>
<span class="noprint"> [<a class="extiw" href="https://de.wikipedia.org/wiki/Mole" title="de:Mole">de</a>]</span>,
<a href="/wiki/Sea_(water)#Salt" title="Sea (water)">salt</a>, a <a class="extiw" title="wikt:buoy"
href="https://en.wiktionary.org/wiki/buoy">buoy</a>,
<a href="/wiki/Star_Sea:_Part_2" title="Star Sea: Part 2">a film</a>,
<a href="/wiki/Portal:Sea" title="Portal:Sea">a portal</a>, <a class="mw-selflink selflink">itself</a>.
<a href="/wiki/File:X.jpg" class="image"><img src="x"></a>{external(BBC, "(BBC)")}</li></ul>""")
    )
    wiki = only(
        from_wiki(
            f"""* [[sea (water)|The sea]] takes [[Café_Bar#History|a café]], {{{{ill|Lost pier|de|Mole|lt=a pier}}}},
[[:Sea (water)#Salt| salt]], a [[wikt:buoy|buoy]], [[Star Sea: Part 2|a film]], [[Portal:Sea|a portal]],
 [[:de:Mole|itself]].[[File:X.jpg|thumb]][[de:Mole]] [{BBC} (BBC)]""".replace("\n", " ")
        )
    )
    assert html.text == "The sea takes a café, a pier, salt, a buoy, a film, a portal, itself."
    assert html.links == ("Sea (water)", "Café Bar", "Lost pier", "Star Sea: Part 2")
    assert wiki == html


@pytest.mark.parametrize(
    "target", ["File:A.jpg", "category:B", "Portal:C", "Special:D", "User talk:E", "de:F", ":fr:G", " # "]
)
def test_what_is_no_article_has_no_title(target: str) -> None:
    assert article_title(target) is None
    assert linked_title(f"/wiki/{target}", target) is None
    assert linked_title("/wiki/A", "a (page does not exist)") == "A"
    assert linked_title("http://[", "a") is None


def test_footnotes_leave_no_number_and_give_their_sources() -> None:
    html = from_html(f"""<ul><li>It opens.<sup class="reference"><a href="#cite_note-1">[1]</a></sup>
{external(BBC, "(BBC)")}</li>
<li>It shuts.<sup class="reference" id="r"><a href="#cite_note-2">&#91;2&#93;</a></sup></li>
<li>It burns. <cite class="citation web">{external(AP, '"Fire"')}.</cite><span
class="Z3988" title="ctx_ver=Z39.88&amp;rft.pub=The+Pilot"></span></li></ul>
<ol class="references"><li id="cite_note-1">↑ {external(DPA, "DPA")}</li><li id="cite_note-2"><cite>
<a class="external text" href="https://web.archive.org/web/2024/{DPA}">"News"</a>.
{external(DPA, "the original")}</cite>
<span class="Z3988" title="rft.jtitle=Sea+Daily&amp;rft.date=2024"></span></li></ol>""")
    wiki = from_wiki(f"""* It opens.<ref name="a" /> [{BBC} (BBC)]
* It shuts.<ref>{{{{cite news |title=News |work=[[Sea Daily]]
 |url={DPA} |archive-url=https://web.archive.org/web/2024/{DPA}}}}}</ref>
* It burns. {{{{cite web|url={AP}|title=Fire|publisher=The Pilot}}}}
<references><ref name="a">[{DPA} DPA]</ref></references>""")
    assert html.missed == 0
    assert [(event.text, event.sources) for event in html.events] == [
        ("It opens.", sources(dpa="DPA", bbc="BBC")),
        ("It shuts.", sources(dpa="Sea Daily")),
        ("It burns.", sources(ap="The Pilot")),
    ]
    assert wiki == html
    listed = from_wiki(f"* It opens.<ref name=b/>\n<references>\n<ref name=b>[{BBC} BBC]</ref>\n</references>")
    assert only(listed).sources == sources(bbc="BBC")


def test_what_is_hidden_or_stands_around_the_events_is_no_text() -> None:
    event = only(
        from_html(f"""<style>b{{}}</style><!-- no --><ul><li>It <!-- no -->opens<style>i{{}}</style>
<span style="display:none">no</span><span hidden>no</span><sup class="noprint Inline-Template">[<i><a
href="/wiki/Wikipedia:Link_rot">dead link</a></i>]</sup>
in<br>spring,<p>perhaps.</p> {external(BBC, "(BBC)")}</li></ul>""")
    )
    assert event.text == "It opens in spring, perhaps."
    assert event.links == ()


def test_citations_that_stand_in_no_event_are_counted() -> None:
    page = from_html(
        f"<p>It opens. {external(BBC, '(BBC)')}</p><ul><li>{external(AP, '(AP)')}</li><li>It shuts."
        f"<span class='noprint'>{external(DPA, '(DPA)')}</span></li></ul><p><b>Sport {external(BBC, '(BBC)')}</b></p>"
    )
    assert page == DayPage(DAY, (), 4)
    wiki = from_wiki(
        f"It opens. [{BBC} (BBC)] [{AP} (AP)]\n* [{AP} (AP)]\n;Sport [{DPA} DPA]\n{{| table\n* {'[[a]] ' * 99}"
    )
    assert wiki == DayPage(DAY, (), 6)


def test_a_page_of_another_day_or_without_events_is_refused() -> None:
    with pytest.raises(FetchError, match="about another day: 2024-03-06"):
        read_day_html(html_page("", "2024-03-06"), DAY)
    with pytest.raises(FetchError, match="template has changed"):
        read_day_html(html_page("", anchor="list"), DAY)
    with pytest.raises(FetchError, match="empty"):
        read_day_html("", DAY)
    with pytest.raises(FetchError, match="about another day: 2024-3-6"):
        read_day_wikitext("{{Current events header|2024|03|06}}", DAY)
    for text in ("", "* It opens. [http://bbc.example (BBC)]", "{{Current events|year=MMXXIV|content=}}"):
        with pytest.raises(FetchError, match="does not begin with"):
            read_day_wikitext(text, DAY)


def test_an_older_page_and_one_of_several_days_are_read() -> None:
    older = html_page(f"<ul><li>It opens. {external(BBC, '(BBC)')}</li></ul>", anchor="description")
    assert only(read_day_html(older, DAY)).text == "It opens."
    assert only(read_day_html(html_page("", "2024-03-06") + older, DAY)).text == "It opens."
    dateless = f'<div class="description"><ul><li>It opens. {external(BBC, "(BBC)")}</ul></div>'
    assert only(read_day_html(dateless, DAY)).text == "It opens."


GENERATIONS = {
    "2005": "<!-- a -->{{{{Current events header|2024|03|05}}}}\n\n{}\n\n<!-- b -->{{{{Current events footer}}}}",
    "2010": "<!-- below -->{{{{Current events|year=2024|month=03|day=5|content=\n\n;Sport\n{}\n<!-- above -->}}}}",
    "2015": "{{{{current events|year=2024|month=3|day=05|content=\n<!-- below -->\n;Sport\n{}\n"
    "<!-- above -->}}}}<noinclude>[[Category:2024]]</noinclude>",
    "2026": "{{{{Current events|year=2024|month=03|day=5|top=yes}}}}\n<!-- below -->\n'''Sport'''\n{}\n<!-- above -->\n"
    "{{{{Current events|year=2024|month=03|day=5|bottom=yes}}}}",
}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_wikitext_of_four_generations_of_the_template_is_read(generation: str) -> None:
    text = GENERATIONS[generation].format(
        f"*[[Regatta]]:\n** ''Wanderer'' wins by {{{{convert|50|m}}}}<!-- * -->&nbsp;in "
        f"'''{{{{nowrap|[[Cadiz]] [bay]}}}}''' <nowiki>''[[now]]''</nowiki>{{{{cn|date=May}}}}. [{BBC} (''BBC'')]"
        "{{Dead link|date=May 2024}} https://ap.example/2?a=1&b=2"
    )
    event = only(read_day_wikitext(text, DAY))
    assert (event.category, event.headings) == (None if generation == "2005" else "Sport", ("Regatta",))
    assert (event.text, event.links) == ("Wanderer wins by 50 m in Cadiz [bay] now.", ("Cadiz",))
    assert event.sources == sources(bbc="BBC", ap="ap.example")
