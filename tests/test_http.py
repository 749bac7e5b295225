"""Fetching from the web: what is fetched from at all, and what is asked and answered."""

import pytest
from yarl import URL

import bot
from bot.clock import SystemClock
from bot.domain.errors import FetchError
from bot.sources.http import Http, Refused, Unreachable
from bot.sources.targets import Targets
from tests.helpers.web import SHORT, TRIES, Says, Web, answer, is_a_sentence, redirect

# Places that are not fetched from: {port} is that of a server that would answer.

TRICKS = {
    "a file": "file:///etc/passwd",
    "a file of a host": "file://localhost/etc/passwd",
    "ftp": "ftp://127.0.0.1:{port}/",
    "gopher": "gopher://127.0.0.1:{port}/_GET",
    "data": "data:text/html,hello",
    "javascript": "javascript:alert(1)",
    "a socket": "unix:///var/run/docker.sock",
    "aiohttp's own scheme": "tcp://127.0.0.1:{port}/",
    "a websocket": "ws://127.0.0.1:{port}/",
    "no scheme": "127.0.0.1:{port}/",
    "no host": "http:///index.html",
    "nothing": "",
    "a user": "http://user@127.0.0.1:{port}/",
    "a user and a password": "http://user:secret@127.0.0.1:{port}/",
    "a password alone": "http://:secret@127.0.0.1:{port}/",
    "a user that looks like a host": "http://news.example:80@127.0.0.1:{port}/",
    "a user behind a backslash": "http://news.example\\@127.0.0.1:{port}/",
    "a user and no such port": "http://user:secret@127.0.0.1:99999/",
    "loopback": "http://127.0.0.1:{port}/",
    "loopback over https": "https://127.0.0.1:{port}/",
    "the rest of loopback": "http://127.8.8.8:{port}/",
    "localhost": "http://localhost:{port}/",
    "localhost in capitals": "http://LOCALHOST:{port}/",
    "decimal": "http://2130706433:{port}/",
    "hexadecimal": "http://0x7f000001:{port}/",
    "hexadecimal in part": "http://0x7f.1:{port}/",
    "octal": "http://0177.0.0.1:{port}/",
    "octal, all of it": "http://017700000001:{port}/",
    "short": "http://127.1:{port}/",
    "zero": "http://0:{port}/",
    "unspecified": "http://0.0.0.0:{port}/",
    "a dot behind": "http://127.0.0.1.:{port}/",
    "digits in circles": "http://①②⑦.⓪.⓪.①:{port}/",
    "dots of Chinese": "http://127。0。0。1:{port}/",
    "IPv6 loopback": "http://[::1]:{port}/",
    "IPv6 loopback at length": "http://[0:0:0:0:0:0:0:1]:{port}/",
    "IPv6 unspecified": "http://[::]:{port}/",
    "IPv4-mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "IPv4-mapped in hexadecimal": "http://[::ffff:7f00:1]:{port}/",
    "IPv4-compatible": "http://[::127.0.0.1]:{port}/",
    "NAT64": "http://[64:ff9b::127.0.0.1]:{port}/",
    "6to4": "http://[2002:7f00:1::]:{port}/",
    "Teredo": "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:{port}/",
    "a zone": "http://[fe80::1%25lo]:{port}/",
    "private": "http://10.0.0.1:{port}/",
    "a cloud's metadata": "http://169.254.169.254/latest/meta-data/",
    "a cloud's metadata over IPv6": "http://[fd00:ec2::254]/latest/meta-data/",
    "multicast": "http://239.255.255.250:1900/",
    "shared between customers": "http://100.64.0.1/",
    "two dots": "http://a..b:{port}/",
    "a label too long": f"http://1{'a' * 63}.example/",
}
ADDRESSES = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "0.0.0.0",  # noqa: S104  (not bound to)
    "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.0.0.192", "::1",
    "::", "fe80::1", "fe80::1%lo", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::127.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "localhost", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
async def test_a_url_that_is_a_trick_is_refused(web: Web, trick: str) -> None:
    http = await web.http()
    with pytest.raises(Refused) as caught:
        await http.get(trick.format(port=web.other.port))
    assert is_a_sentence(caught.value)
    assert "secret" not in str(caught.value)
    assert web.connected == []


# Where no scheme or host is given, a redirect leads to a path.
@pytest.mark.parametrize("name", sorted(TRICKS.keys() - {"no scheme", "no host", "nothing"}))
async def test_a_redirect_to_a_trick_is_refused(web: Web, name: str) -> None:
    location = TRICKS[name].format(port=web.other.port)
    with pytest.raises(Refused) as caught:
        await web.get(redirect(location))
    assert is_a_sentence(caught.value)
    assert "secret" not in str(caught.value)
    assert (web.connected, web.other.requests) == (["127.0.0.1"], [])


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_name_that_leads_to_such_an_address_is_refused(web: Web, address: str) -> None:
    web.names.answers["trick.example"] = [[address]]
    http = await web.http()
    with pytest.raises(Refused, match=r"trick\.example"):
        await http.get(f"http://trick.example:{web.other.port}/")
    assert web.connected == []


async def test_of_a_name_with_several_addresses_only_the_public_are_tried(web: Web) -> None:
    web.names.answers["trick.example"] = [["127.0.0.1", "8.8.8.8", "::1", "10.0.0.1"]]
    http = await web.http()
    with pytest.raises(FetchError):
        await http.get(f"http://trick.example:{web.other.port}/")
    assert set(web.connected) == {"8.8.8.8"}


async def test_a_name_with_several_addresses_none_of_them_public_is_refused(web: Web) -> None:
    web.names.answers["trick.example"] = [["127.0.0.1", "::1", "10.0.0.1"]]
    http = await web.http()
    with pytest.raises(Refused):
        await http.get(f"http://trick.example:{web.other.port}/")
    assert web.connected == []


async def test_a_name_whose_second_answer_is_another_is_refused(web: Web) -> None:
    web.names.answers["trick.example"] = [["8.8.8.8"], ["127.0.0.1"]]
    http = await web.http()
    with pytest.raises(FetchError):
        await http.get(f"http://trick.example:{web.other.port}/")
    with pytest.raises(FetchError):
        await http.get(f"http://trick.example.:{web.other.port}/")
    assert set(web.connected) == {"8.8.8.8"}


async def test_a_name_is_checked_at_each_connection(web: Web) -> None:
    """A first try that finds nobody at a public address does not make a second one safe."""
    web.names.answers["trick.example"] = [None, ["127.0.0.1"]]
    http = await web.http()
    with pytest.raises(Refused):
        await http.get(f"http://trick.example:{web.other.port}/")
    assert (web.connected, len(web.names.requests)) == ([], 2)


# Places that are allowed.


async def test_what_is_allowed_is_fetched_though_it_is_not_public(web: Web) -> None:
    response = await web.get(answer(body=b"hello"), path="a?b=c#d")
    assert (response.status, response.body, response.url) == (200, b"hello", f"{web.allowed.url}a?b=c")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost.", "127.0.0.1.", "trick.example", "[::ffff:127.0.0.1]", "127.1"]
)
async def test_what_is_allowed_is_not_fetched_under_another_name(web: Web, host: str) -> None:
    web.names.answers |= {"trick.example": [["127.0.0.1"]], "localhost.": [["127.0.0.1"]]}
    http = await web.http()
    # There is already a connection to this port that could be used again.
    await http.get(web.allowed.url)
    with pytest.raises(Refused):
        await http.get(f"http://{host}:{web.allowed.port}/")
    assert len(web.allowed.requests) == 1


async def test_a_host_is_allowed_with_its_port_only(web: Web) -> None:
    with pytest.raises(Refused):
        await web.get(redirect(web.other.url))
    assert web.other.requests == []


async def test_a_name_can_be_allowed_in_any_case(web: Web) -> None:
    web.names.answers["pages.example"] = [["127.0.0.1"]]
    http = await web.http(SHORT, f"pages.example:{web.other.port}")
    assert (await http.get(f"http://Pages.Example:{web.other.port}/")).status == 200
    with pytest.raises(Refused):
        await http.get(f"http://pages.example:{web.allowed.port}/")


async def test_without_anything_allowed_nothing_local_is_fetched(web: Web) -> None:
    async with Http(contact="news@example.org", clock=SystemClock()) as http:
        with pytest.raises(Refused):
            await http.get(web.other.url)
    assert web.connected == []


# Redirects.


async def test_redirects_are_followed_relative_and_absolute(web: Web) -> None:
    script = [redirect("/b"), redirect("c?d=e#f", "301 Moved"), redirect(web.allowed.url + "g", "308 Moved"), answer()]
    response = await web.get(*script, path="a")
    assert response.url == f"{web.allowed.url}g"
    assert [head.split()[1] for head in web.allowed.requests] == ["/a", "/b", "/c?d=e", "/g"]


async def test_a_redirect_loop_ends(web: Web) -> None:
    with pytest.raises(Unreachable, match="more than 5"):
        await web.get(redirect("/"))
    assert len(web.allowed.requests) == 6


@pytest.mark.parametrize("location", ["", "http://[::1", "http://a:b:c/", "http://h:99999/", "http://\udcff\udcfe/"])
async def test_a_redirect_to_nowhere_is_an_error(web: Web, location: str) -> None:
    with pytest.raises(FetchError) as caught:
        await web.get(redirect(location))
    assert is_a_sentence(caught.value)


async def test_a_redirect_without_a_location_is_an_error(web: Web) -> None:
    with pytest.raises(Unreachable, match="where"):
        await web.get(answer("302 Found"))


def test_a_redirect_from_https_to_http_is_refused_unless_allowed() -> None:
    targets = Targets({"pages.example:8080"})
    news = URL("https://news.example/a")
    with pytest.raises(Refused, match="https"):
        targets.next(news, "http://news.example/a", secure=True)
    with pytest.raises(Refused, match="https"):
        targets.next(URL("http://pages.example:8080/"), "http://news.example/a", secure=True)
    assert targets.next(news, "http://pages.example:8080/", secure=True).host == "pages.example"
    assert targets.next(news, "//other.example/b", secure=True) == URL("https://other.example/b")
    assert targets.next(URL("http://news.example/"), "http://other.example/", secure=False).host == "other.example"


async def test_secrets_and_cookies_do_not_go_along_to_another_host(web: Web) -> None:
    http = await web.http(SHORT, web.other.place)
    web.allowed.says(answer("302 Found", Location=web.other.url, Set_Cookie="session=1"))
    headers = {"authorization": "Bearer secret", "Cookie": "secret", "Accept": "text/plain"}
    await http.get(web.allowed.url, headers=headers)
    assert "secret" in web.allowed.requests[0]
    assert "secret" not in web.other.requests[0]
    assert "session" not in web.other.requests[0]
    assert "Accept: text/plain" in web.other.requests[0]


# What is asked and answered.


async def test_a_request_says_who_asks_and_what_it_takes(web: Web) -> None:
    http = await web.http()
    headers = {"user-agent": "curl", "accept-encoding": "br", "If-None-Match": '"1"'}
    await http.get(web.allowed.url + "?a=1", {"q": "ä&b"}, headers=headers)
    (head,) = web.allowed.requests
    assert head.startswith("GET /?a=1&q=%C3%A4%26b HTTP/1.1\r\n")
    assert f"User-Agent: Daybook/{bot.__version__} (news@example.org)\r\n" in head
    assert "Accept-Encoding: gzip\r\n" in head
    assert 'If-None-Match: "1"' in head
    assert "curl" not in head


async def test_cookies_are_not_kept(web: Web) -> None:
    http = await web.http()
    web.allowed.says(answer(Set_Cookie="session=1; Path=/"))
    await http.get(web.allowed.url)
    await http.get(web.allowed.url)
    assert "session" not in web.allowed.requests[1]


async def test_no_proxy_of_the_environment_is_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, web.other.url)
    assert (await web.get(answer(body=b"itself"))).body == b"itself"
    assert web.other.requests == []


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
async def test_an_answer_has_status_headers_and_body(web: Web, status: str) -> None:
    response = await web.get(answer(status, b"hello", ETag='"1"'))
    assert (str(response.status), response.body, response.headers["etag"]) == (status[:3], b"hello", '"1"')


async def test_not_modified_is_an_answer_without_a_body(web: Web) -> None:
    response = await web.get(Says(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Encoding: gzip\r\n\r\n'))
    assert (response.status, response.body) == (304, b"")


async def test_headers_that_are_not_utf_8_can_be_stored_and_sent_back(web: Web) -> None:
    response = await web.get(answer(ETag='"\udcff"'))
    etag = response.headers["ETag"]
    assert etag.encode()
    await (await web.http()).get(web.allowed.url, headers={"If-None-Match": etag})


async def test_headers_that_cannot_be_sent_are_refused(web: Web) -> None:
    http = await web.http()
    with pytest.raises(Refused):
        await http.get(web.allowed.url, headers={"If-None-Match": "a\r\nX-Trick: b"})
    assert web.allowed.requests == []


@pytest.mark.parametrize(
    "status", ["204 No Content", "206 Partial", "300 Choices", "401 No", "403 No", "418 No", "999 What"]
)
async def test_any_other_status_is_trouble_and_not_tried_again(web: Web, status: str) -> None:
    tries = TRIES if status.startswith("999") else 1
    with pytest.raises(Unreachable, match=status[:3]) as caught:
        await web.get(answer(status, b""))
    assert is_a_sentence(caught.value)
    assert len(web.allowed.requests) == tries
