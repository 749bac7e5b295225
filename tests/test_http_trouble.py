"""Fetching from the web: bodies that are tricks, trouble of all kinds, and manners."""

import asyncio
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis.strategies import text

from bot.sources.http import Limits, Refused, Unreachable
from bot.sources.pace import Pace, seconds_to_wait
from tests.helpers.web import SHORT, TRIES, FixedClock, Says, Web, answer, gzip, gzip_bomb, is_a_sentence

NOW = FixedClock().now()

# Bodies.

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_a_body_may_be_packed_as_gzip(web: Web) -> None:
    assert (await web.get(answer(body=gzip(b"a" * 1000), Content_Encoding="GZip"))).body == b"a" * 1000


async def test_a_body_may_come_in_chunks(web: Web) -> None:
    assert (await web.get(Says(CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"))).body == b"hello!"


async def test_an_empty_body_may_be_called_gzip(web: Web) -> None:
    assert (await web.get(answer(Content_Encoding="gzip"))).body == b""


async def test_gzip_is_unpacked_once(web: Web) -> None:
    assert (await web.get(answer(body=gzip(gzip(b"hello")), Content_Encoding="gzip"))).body == gzip(b"hello")


async def test_what_comes_behind_the_body_is_left_out(web: Web) -> None:
    says = answer(body=b"hello")
    response = await web.get(Says(says.first + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntrick"))
    assert response.body == b"hello"


TOO_LARGE = {
    "as it says": answer(Content_Length="1001"),
    "as it says, absurdly": answer(Content_Length=str(10**18)),
    "as it comes": Says(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"a" * 1001, hangs_up=True),
    "in endless chunks": Says(CHUNKED, b"64\r\n" + b"a" * 100 + b"\r\n"),
    "endlessly": Says(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 100),
    "unpacked": answer(body=gzip(b"a" * 1001), Content_Encoding="gzip"),
    "packed, of nothing": Says(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip(b"")[:10], b"\x00\x00\x00\xff\xff" * 50
    ),
    "as not found": answer("404 Not Found", body=b"a" * 1001),
}


@pytest.mark.parametrize("says", TOO_LARGE.values(), ids=TOO_LARGE)
async def test_a_body_that_is_too_large_is_refused(web: Web, says: Says) -> None:
    with pytest.raises(Refused, match="more than") as caught:
        await web.get(says)
    assert is_a_sentence(caught.value)
    assert len(web.allowed.requests) == 1


async def test_a_gibibyte_in_a_small_body_is_not_unpacked(web: Web) -> None:
    bomb = gzip_bomb(1024)
    assert len(bomb) < 2 * 2**20
    tracemalloc.start()
    with pytest.raises(Refused, match="5 MiB"):
        await web.get(answer(body=bomb, Content_Encoding="gzip"), limits=Limits())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 2**20


@pytest.mark.parametrize(
    "encoding", ["br", "deflate", "zstd", "compress", "gzip, gzip", "gzip,br", "what\udcff", "x" * 200]
)
async def test_an_encoding_that_was_not_asked_for_is_refused(web: Web, encoding: str) -> None:
    with pytest.raises(Refused, match="packed") as caught:
        await web.get(answer(body=gzip(gzip(b"hello")), Content_Encoding=encoding))
    assert is_a_sentence(caught.value)


async def test_an_encoding_in_two_headers_is_refused(web: Web) -> None:
    says = answer(body=gzip(gzip(b"hello")), Content_Encoding="gzip\r\nContent-Encoding: gzip")
    with pytest.raises(Refused, match="gzip, gzip"):
        await web.get(says)


# Trouble that may pass: tried again twice.

PASSING = {
    "a length too long": Says(answer(body=b"hello", Content_Length="10").first, hangs_up=True),
    "chunks that break off": Says(CHUNKED + b"5\r\nhel", hangs_up=True),
    "chunks without an end": Says(CHUNKED + b"5\r\nhello\r\n", hangs_up=True),
    "gzip that breaks off": answer(body=gzip(b"hello")[:-1], Content_Encoding="gzip"),
    "gzip that breaks off early": answer(body=gzip(b"hello")[:5], Content_Encoding="gzip"),
    "gzip without a byte": Says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", hangs_up=True),
    "gzip that is none": answer(body=b"hello", Content_Encoding="gzip"),
    "gzip with a wrong checksum": answer(body=gzip(b"hello")[:-8] + bytes(8), Content_Encoding="gzip"),
    "gzip and more": answer(body=gzip(b"hello") + b"!", Content_Encoding="gzip"),
    "gzip twice": answer(body=gzip(b"hello") * 2, Content_Encoding="gzip"),
    "deflate that says gzip": answer(body=zlib.compress(b"hello"), Content_Encoding="gzip"),
    "no answer": Says(hangs_up=True),
    "half a header": Says(b"HTTP/1.1 200 OK\r\nContent-Le", hangs_up=True),
    "silence": Says(silent=True),
    "silence after the headers": Says(answer(Content_Length="5").first, silent=True),
    "silence in the middle": Says(answer(body=b"hel", Content_Length="5").first, silent=True),
    "a slow drip": Says(answer(Content_Length="500").first, b"a", 0.05),
    "a slow drip of chunks": Says(CHUNKED, b"1\r\na\r\n", 0.05),
    "a slow drip of headers": Says(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.05),
    "a hundred times continue": Says(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    "500": answer("500 Internal Server Error"),
    "502": answer("502 Bad Gateway", b"<html>"),
    "503": answer("503 Service Unavailable"),
    "429": answer("429 Too Many Requests"),
    "to wait for no time": answer("503 Service Unavailable", Retry_After="0"),
    "to wait for less than no time": answer("503 Service Unavailable", Retry_After="-5"),
    "to wait for nonsense": answer("429 Too Many Requests", Retry_After="soon"),
    "to wait for half a second": answer("429 Too Many Requests", Retry_After="0.5"),
    "to wait until last year": answer("503 Service Unavailable", Retry_After="Wed, 21 Oct 2025 07:28:00 GMT"),
    "to wait for Arabic digits": answer("503 Service Unavailable", Retry_After="٣"),
}


@pytest.mark.parametrize("says", PASSING.values(), ids=PASSING)
async def test_trouble_is_tried_again_twice(web: Web, says: Says) -> None:
    with pytest.raises(Unreachable) as caught:
        await web.get(says, limits=Limits(connect=0.5, silence=0.15, total=0.25, body=1000, pauses=(0, 0)))
    assert is_a_sentence(caught.value)
    assert "127.0.0.1" in str(caught.value)
    assert len(web.allowed.requests) == TRIES


@pytest.mark.parametrize("says", PASSING.values(), ids=PASSING)
async def test_trouble_that_has_passed_is_forgotten(web: Web, says: Says) -> None:
    limits = Limits(connect=0.5, silence=0.15, total=0.25, body=1000, pauses=(0, 0))
    assert (await web.get(says, answer(body=b"hello"), limits=limits)).body == b"hello"


async def test_a_port_where_nobody_listens_is_unreachable(web: Web) -> None:
    http = await web.http(SHORT, "127.0.0.1:1")
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1 cannot be reached"):
        await http.get("http://127.0.0.1:1/")
    assert len(web.connected) == TRIES


async def test_a_name_that_nobody_knows_is_unreachable(web: Web) -> None:
    http = await web.http()
    with pytest.raises(Unreachable, match=r"nobody\.example cannot be found"):
        await http.get("http://nobody.example/")


async def test_https_where_there_is_none_is_unreachable(web: Web) -> None:
    web.allowed.says(Says(b"HTTP/1.1 400 Bad Request\r\n\r\n", hangs_up=True))
    http = await web.http()
    with pytest.raises(Unreachable) as caught:
        await http.get(web.allowed.url.replace("http:", "https:"))
    assert is_a_sentence(caught.value)


NOT_HTTP = {
    "a page without headers": Says(b"<html><body>hello</body></html>\r\n\r\n", hangs_up=True),
    "a page among the headers": Says(b"HTTP/1.1 200 OK\r\n<html><body>hello</body>\r\n\r\n", hangs_up=True),
    "another protocol": Says(b"SSH-2.0-OpenSSH_9.6\r\n", hangs_up=True),
    "no status": Says(b"HTTP/1.1 OK\r\n\r\n", hangs_up=True),
    "no length of a chunk": Says(CHUNKED + b"what\r\nhello\r\n", hangs_up=True),
    "two lengths": answer(body=b"hello", X="1\r\nContent-Length: 4"),
    "a length and chunks": Says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "a length below zero": answer(body=b"hello", Content_Length="-5"),
    "a header that never ends": Says(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 1000),
    "headers that never end": Says(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 10),
    "a status that never ends": Says(b"HTTP/1.1 200 ", b"a" * 1000),
}


@pytest.mark.parametrize("says", NOT_HTTP.values(), ids=NOT_HTTP)
async def test_what_is_not_http_is_trouble(web: Web, says: Says) -> None:
    with pytest.raises(Unreachable, match="HTTP") as caught:
        await web.get(says)
    assert is_a_sentence(caught.value)


# Manners.


async def test_at_most_three_are_asked_at_once(web: Web) -> None:
    web.allowed.says(Says(answer().first, pause=0.02))
    http = await web.http()
    await asyncio.gather(*(http.get(f"{web.allowed.url}{n}") for n in range(12)))
    assert (len(web.allowed.requests), web.allowed.most_open) == (12, 3)


async def test_connections_are_used_again(web: Web) -> None:
    http = await web.http()
    for _ in range(4):
        await http.get(web.allowed.url)
    assert web.allowed.connections == 1


@pytest.mark.parametrize("when", ["1", "Tue, 24 Mar 2026 08:00:01 GMT"])
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_host_that_asks_to_wait_is_left_in_peace_by_all(web: Web, status: str, when: str) -> None:
    web.allowed.says(answer(status, Retry_After=when), answer(body=b"hello"))
    http = await web.http()
    first = asyncio.create_task(http.get(web.allowed.url))
    await web.allowed.was_asked.wait()
    # The answer is on its way.
    await asyncio.sleep(0.1)
    others = [asyncio.create_task(http.get(f"{web.allowed.url}{n}")) for n in range(4)]
    assert [(await task).body for task in (first, *others)] == [b"hello"] * 5
    requests, *later = web.allowed.times
    assert min(later) - requests > 0.9


async def test_other_hosts_are_asked_meanwhile(web: Web) -> None:
    web.names.answers["pages.example"] = [["127.0.0.1"]]
    web.allowed.says(answer("503 Service Unavailable", Retry_After="200"))
    http = await web.http(SHORT, f"pages.example:{web.other.port}")
    waiting = [asyncio.create_task(http.get(web.allowed.url)) for _ in range(5)]
    await web.allowed.was_asked.wait()
    assert (await http.get(f"http://pages.example:{web.other.port}/")).body == b"hello"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert len(web.allowed.requests) <= SHORT.at_once


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("301", "2026-03-24 08:05 UTC"),
        ("Tue, 24 Mar 2026 10:00:00 GMT", "2026-03-24 10:00 UTC"),
        ("1000000000", "2057-11-30"),
        ("9" * 4000, "2057-11-30"),
        ("Fri, 31 Dec 9999 23:59:59 -2359", "2057-11-30"),
    ],
)
async def test_a_host_that_asks_to_wait_for_long_is_not_waited_for(web: Web, when: str, says: str) -> None:
    with pytest.raises(Unreachable, match=says) as caught:
        await web.get(answer("429 Too Many Requests", Retry_After=when))
    assert is_a_sentence(caught.value)
    assert len(web.allowed.requests) == 1


async def test_a_host_is_not_asked_more_often_than_it_likes(web: Web) -> None:
    http = await web.http(Limits(per_minute=1, allowed_per_minute=2))
    tasks = [asyncio.create_task(http.get(web.allowed.url)) for _ in range(4)]
    _, waiting = await asyncio.wait(tasks, timeout=0.3)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (len(web.allowed.requests), len(waiting)) == (2, 2)


class _SetClock(FixedClock):
    """A clock that a test sets."""

    seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


def test_the_pace_is_that_of_each_host_and_minute() -> None:
    clock = _SetClock()
    pace = Pace(clock)
    pace.count("a")
    clock.seconds += 10
    pace.count("a")
    assert (pace.delay("a", 2), pace.delay("b", 2)) == (50, 0)
    clock.seconds += 50
    assert pace.delay("a", 2) == 0
    pace.hold("a", 30)
    pace.hold("a", 5)
    assert pace.delay("a", 2) == 30
    clock.seconds += 100
    assert pace.delay("a", 2) == 0
    assert not pace._recent
    assert not pace._held_until


@given(text(max_size=40))
def test_whatever_a_retry_after_says_is_read_or_not(says: str) -> None:
    seconds = seconds_to_wait(says, NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("says", "seconds"),
    [("120", 120), (" 7 ", 7), ("Tue, 24 Mar 2026 08:02:00 GMT", 120), ("Tue, 24 Mar 2026 08:02:00 -0000", 120)],
)
def test_a_retry_after_is_seconds_or_a_date(says: str, seconds: float) -> None:
    assert seconds_to_wait(says, NOW) == seconds
