"""One request and its answer, over a session of aiohttp; what goes wrong becomes one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ServerDisconnectedError,
)
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bot.domain.errors import FetchError, Refused, Unreachable
from bot.sources.addresses import NotPublicError
from bot.sources.body import BrokenBodyError, TooLargeError, UnknownEncodingError, read_body
from bot.sources.targets import plain_url

# The answers whose body is read.
_WITH_BODY = {200, 404}


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered: status, headers (names in any case), the body unpacked, and the URL after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class PassingError(Unreachable):
    """Trouble that may be over in a moment."""


class _BrokenOffError(Exception):
    """A connection ended before there was an answer."""


async def ask_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from asking again by itself when a connection ends: our tries are counted, and have pauses."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _BrokenOffError from error


async def ask(
    session: ClientSession, url: URL, headers: Mapping[str, str], times: ClientTimeout, limit: int
) -> Response:
    """Return what the server answers, whatever its status; of redirects and trouble, without the body.

    Raises Refused and Unreachable.
    """
    try:
        async with session.get(url, headers=headers, timeout=times, allow_redirects=False) as response:
            body = await read_body(response, limit) if response.status in _WITH_BODY else b""
            return Response(response.status, _readable(response.headers), body, str(url))
    except (TooLargeError, UnknownEncodingError) as error:
        raise _refusal(error, url, limit) from error
    except (_BrokenOffError, BrokenBodyError, HttpProcessingError, ClientError, OSError, ValueError) as error:
        raise _trouble(error, url) from error


def _readable(headers: Mapping[str, str]) -> CIMultiDictProxy[str]:
    """Return headers without the surrogates that stand for bytes that are not UTF-8: nobody could store them."""
    items = (
        (name, value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")) for name, value in headers.items()
    )
    return CIMultiDictProxy(CIMultiDict(items))


def _refusal(error: Exception, url: URL, limit: int) -> Refused:
    if isinstance(error, UnknownEncodingError):
        return Refused(f"{plain_url(url)} answers packed as {error.args[0][:40]!a}, which was not asked for.")
    return Refused(
        f"{plain_url(url)} answers with more than {limit / 2**20:.3g} MiB, which is more than Daybook reads."
    )


def _trouble(error: Exception, url: URL) -> FetchError:  # noqa: PLR0911  (a table)
    """Return what to tell people of an error. The order counts: some of these classes are also others of them."""
    host = url.host_port_subcomponent
    match error:
        case ClientConnectorError(os_error=NotPublicError() as refusal):
            return Refused(
                f"{host} is not fetched from: {refusal.address} is not a public address, and is not allowed."
            )
        case ClientConnectorCertificateError():
            return Unreachable(f"{host} cannot be trusted: its certificate is not valid for it.")
        case ClientConnectorDNSError():
            return PassingError(f"{host} cannot be found: its name leads to no address.")
        case ClientConnectorError():
            return PassingError(f"{host} cannot be reached: {error.os_error.strerror or 'no connection'}.")
        case TimeoutError():
            return PassingError(f"{plain_url(url)} took too long to answer.")
        case BrokenBodyError():
            return PassingError(f"{plain_url(url)} did not answer in full: {error.args[0]}.")
        case ClientResponseError() | HttpProcessingError():
            return Unreachable(f"{plain_url(url)} answers with something that cannot be read as HTTP.")
        case ValueError():
            return Refused(f"{plain_url(url)} is not fetched: it is not written as addresses are.")
        case _:
            return PassingError(f"{plain_url(url)} did not answer in full: the connection ended.")
