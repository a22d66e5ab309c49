"""Daily exchange rates from an address that an owner gave: fetched with care, since the address may be anything.

Only https, only addresses of the public internet (so that nobody reads this machine's network through us), no
redirects, and no more than MOST_BYTES.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from lib.errors import BadRatesAddress, RatesUnavailable

MOST_BYTES: Final = 16 * 1024 * 1024
"""More than ECB's whole history, which is two."""
TIMEOUT: Final = 15.0
"""Seconds for each step; all together may take four times as long."""
_CHUNK: Final = 64 * 1024


def fetch(url: str) -> bytes:
    """What the address answers. Raises BadRatesAddress or RatesUnavailable."""
    where = checked(url)
    connection = _Public(where.hostname or "", where.port or 443)
    path = f"{where.path or '/'}?{where.query}" if where.query else where.path or "/"
    try:
        connection.request("GET", path, headers={"User-Agent": "Plimsoll", "Accept": "text/csv, application/zip, */*"})
        return _body(connection.getresponse())
    except TimeoutError:
        raise RatesUnavailable(reason=f"it took longer than {TIMEOUT:.0f} seconds.") from None
    except ssl.SSLError:
        raise RatesUnavailable(reason="its certificate could not be verified.") from None
    except (OSError, http.client.HTTPException, UnicodeError):
        raise RatesUnavailable(reason="no connection could be made.") from None
    finally:
        connection.close()


def checked(url: str) -> SplitResult:
    """The parts of an address that may be asked; raises BadRatesAddress."""
    try:
        where = urlsplit(url.strip())
        ported = where.port is None or where.port > 0
    except ValueError:
        raise BadRatesAddress(reason="it is not a whole address. Write it like https://example.com/rates.csv") from None
    if where.scheme != "https":
        raise BadRatesAddress(reason="it must begin with https://")
    if not where.hostname or not ported or where.username or not (url.isascii() and url.strip().isprintable()):
        raise BadRatesAddress(reason="it is not a whole address. Write it like https://example.com/rates.csv")
    return where


def public(host: str, port: int) -> str:
    """One address of ``host``, when all are on the public internet; raises BadRatesAddress, OSError."""
    found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not found or not all(_is_public(each) for each in found):
        raise BadRatesAddress(reason="it lies in a private network. Choose one on the public internet.")
    return min(found, key=lambda each: (":" in each, each))


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    return bool(ip.is_global and inner.is_global and not ip.is_multicast)


class _Public(http.client.HTTPSConnection):
    """Connects to the very address that was checked: asked twice, a name server could answer twice."""

    def __init__(self, host: str, port: int) -> None:
        self._trust = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
        super().__init__(host, port, timeout=TIMEOUT, context=self._trust)

    def connect(self) -> None:
        """Connect to a checked address, and verify the certificate of the host's name."""
        plain = socket.create_connection((public(self.host, self.port), self.port), TIMEOUT)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)


def _body(answer: http.client.HTTPResponse) -> bytes:
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise RatesUnavailable(reason="it sends on to another address; give that one instead.")
    if answer.status != HTTPStatus.OK:
        raise RatesUnavailable(reason=f"it answered with {answer.status}.")
    deadline, parts, size = time.monotonic() + 4 * TIMEOUT, list[bytes](), 0
    while part := answer.read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise RatesUnavailable(reason=f"it sends more than {MOST_BYTES // 1024**2} MB.")
        if time.monotonic() > deadline:
            raise TimeoutError
    return b"".join(parts)
