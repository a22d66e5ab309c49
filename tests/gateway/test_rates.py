"""Exchange rates from outside: only public https addresses, and files read exactly or refused with their line."""

from __future__ import annotations

import io
import socket
import ssl
import zipfile
from collections.abc import Callable
from http.client import HTTPMessage

import pytest

from lib.errors import AppError, BadRateFile, BadRatesAddress, RatesUnavailable
from lib.gateway import rate_files, rates

MAPPED = ("::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1")
ECB = b"Date,USD,JPY,CYP,\n2026-05-04,1.0834,165.02,N/A,\n2026-05-01,1.08,,N/A,\n"


def test_a_banks_table_is_kept_as_it_is_given_one_euro_in_each_currency() -> None:
    assert rate_files.parse(ECB, "usd") == [
        ("eur", "jpy", "2026-05-04", "165.02"),
        ("eur", "usd", "2026-05-01", "1.08"),
        ("eur", "usd", "2026-05-04", "1.0834"),
    ]


def test_the_same_in_an_archive() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("eurofxref-hist.csv", ECB)
    assert rate_files.parse(packed.getvalue(), "usd") == rate_files.parse(ECB, "usd")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,currency,rate\n2026-05-04,EUR,1.08\n", [("eur", "usd", "2026-05-04", "1.08")]),
        ("\ufeffRate;Date;Currency\n1.08;2026-05-04;eur\n\n", [("eur", "usd", "2026-05-04", "1.08")]),
        ("date,currency,rate,base\n2026-05-04,EUR,0.85,GBP\n", [("eur", "gbp", "2026-05-04", "0.85")]),
        ("date,currency,rate\n2026-05-04,EUR,1\n2026-05-04,EUR,2\n", [("eur", "usd", "2026-05-04", "2")]),
        ("date,currency,rate\n2026-05-04,USD,1\n2026-05-04,EUR,2\n", [("eur", "usd", "2026-05-04", "2")]),
    ],
)
def test_a_list_of_rates(text: str, told: list[tuple[str, ...]]) -> None:
    assert rate_files.parse(text.encode(), "usd") == told


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The first line must be"),
        (b"name,price\nBolt,3\n", "The first line must be"),
        (b"date,currency,rate\n", "There is no rate in it"),
        (b"date,currency,rate\n04/05/2026,EUR,1.08\n", "Line 2 has no date like 2026-01-31"),
        (b"date,currency,rate\n2026-05-04,EUR,1.08\n2026-05-05,EUR,-1\n", "Line 3 has no rate like 1.0834"),
        (b"date,currency,rate\n2026-05-04,EUR,0.00\n", "Line 2 has no rate"),
        (b"date,currency,rate\n2026-05-04,EUR,nan\n", "Line 2 has no rate"),
        (b"date,currency,rate\n2026-05-04,EUR,1e9\n", "Line 2 has no rate"),
        (b"date,currency,rate\n2026-05-04,euros,1\n", "Line 2 has no currency like EUR"),
        (b"date,currency,rate\n2026-05-04,EUR\n", "Line 2 is too short"),
        (b"Date,USD\n2026-05-04,lots\n", "Line 2 has no rate"),
        (b"\xff\xfe\x00", "It is not text"),
        (b"PK\x03\x04 and then nothing", "The archive can't be opened"),
    ],
)
def test_a_file_that_can_t_be_read_is_refused_with_its_line(content: bytes, sentence: str) -> None:
    with pytest.raises(BadRateFile, match=sentence):
        rate_files.parse(content, "usd")


def test_an_archive_that_unpacks_to_more_than_may_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_files, "MOST_BYTES", 1024 * 1024)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rates.csv", b"0" * 3 * 1024 * 1024)
    with pytest.raises(BadRateFile, match="more than 1 MB"):
        rate_files.parse(packed.getvalue(), "usd")


@pytest.mark.parametrize(
    "url",
    ["", "rates.csv", "http://example.com/r.csv", "file:///etc/passwd", "https://", "https://u:p@example.com/r.csv"],
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(BadRatesAddress):
        rates.fetch(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fd00::1",
        "fe80::1",
        *MAPPED,
    ],
)
def test_an_address_in_a_private_network_is_never_connected_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, address)
    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(BadRatesAddress, match="private network"):
        rates.fetch("https://rates.example.com/daily.csv")


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(BadRatesAddress):
        rates.public("rates.example.com", 443)


def test_what_was_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError

    named(monkeypatch, "93.184.216.34")
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(RatesUnavailable, match="no connection could be made"):
        rates.fetch("https://rates.example.com/daily.csv")
    assert asked == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (TimeoutError(), "it took longer than 15 seconds"),
        (ssl.SSLCertVerificationError(), "its certificate could not be verified"),
        (socket.gaierror(), "no connection could be made"),
    ],
)
def test_what_does_not_answer_gets_a_sentence(fault: OSError, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise fault

    monkeypatch.setattr(rates, "public", fail)
    with pytest.raises(RatesUnavailable, match=sentence) as caught:
        rates.fetch("https://rates.example.com/daily.csv")
    assert caught.value.message.endswith("The rates you already have are kept.")


class Answer:
    """What http.client would hand over."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.headers, self._body = status, HTTPMessage(), io.BytesIO(body)

    def read(self, size: int) -> bytes:
        return self._body.read(size)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(302, "give that one instead"), (404, "it answered with 404"), (500, "it answered with 500")],
)
def test_only_a_plain_answer_is_read(status: int, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Answer(status, b""))
    with pytest.raises(RatesUnavailable, match=sentence):
        rates.fetch("https://rates.example.com/daily.csv")


def test_a_body_is_read_whole_and_never_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Answer(200, ECB))
    assert rates.fetch("https://rates.example.com/daily.csv") == ECB
    monkeypatch.setattr(rates, "MOST_BYTES", 1024 * 1024)
    answering(monkeypatch, Answer(200, b"0" * 2 * 1024 * 1024))
    with pytest.raises(AppError, match="more than 1 MB"):
        rates.fetch("https://rates.example.com/daily.csv")


def named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """The name server answers with these."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def refuse(*_: object) -> Callable[[], None]:
    pytest.fail("connected to a private address")


def answering(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    monkeypatch.setattr(rates._Public, "request", lambda *_, **__: None)
    monkeypatch.setattr(rates._Public, "getresponse", lambda _: answer)
