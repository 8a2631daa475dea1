"""The rules behind fetching: public addresses, how an address reads, what robots.txt means."""

from __future__ import annotations

import time

import pytest

from rag.errors import FetchError
from rag.fetching.addresses import is_public, parse
from rag.fetching.robots import rules_for


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - not a place to listen
        ("10.0.0.1", False),
        ("172.16.5.4", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("not an address", False),
    ],
)
def test_public_addresses(ip: str, public: bool) -> None:  # noqa: FBT001 - one of two columns
    """Only addresses of the open internet, also when one is written inside another."""
    assert is_public(ip) is public


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("http://A.test", "http://a.test/"),
        ("https://a.test:443/b c?d=é#e", "https://a.test/b%20c?d=%C3%A9"),
        ("http://bücher.test:8080/%41", "http://xn--bcher-kva.test:8080/%41"),
        ("http://[2606:2800::1]:81/x", "http://[2606:2800::1]:81/x"),
        ("http://a.test/\r\nHost: b", "http://a.test/Host:%20b"),
    ],
)
def test_how_an_address_is_read(url: str, read: str) -> None:
    """Host in ASCII, path and query encoded, the usual port and the fragment left out."""
    assert str(parse(url)) == read


@pytest.mark.parametrize(
    "url",
    ["", "a.test/b", "ftp://a.test/", "http://", "http://u:p@a.test/", "http://a.test:x/",
     "http://[::1", "http://" + "a" * 70 + ".test/"],
)  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    """Other schemes, no host, a password or nonsense are refused in words."""
    with pytest.raises(FetchError):
        parse(url)


ROBOTS = b"""\xef\xbb\xbf# comment
User-agent: *
Disallow: /
Crawl-delay: 5

User-agent: other
User-Agent: RAG/2.0
Disallow: /a  # here
Allow: /a/b
Disallow: /*.pdf$
Disallow: /x*y*z
Disallow:
Sitemap: https://a.test/map

User-agent: rag
Disallow: /second
Crawl-delay: soon
"""


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("/", True),
        ("/a", False),
        ("/about", False),
        ("/a/b/c", True),
        ("/b/c.pdf", False),
        ("/b/c.pdf?d", True),
        ("/x1y2z3", False),
        ("/x1z2y", True),
        ("/second/x", False),
    ],
)
def test_robots_for_this_product(target: str, allowed: bool) -> None:  # noqa: FBT001
    """The groups that name it count, all of them; the longest rule decides; stars and ends work."""
    rules = rules_for("rag", ROBOTS)
    assert rules.allow(target) is allowed
    assert rules.delay == 0


def test_robots_for_everybody() -> None:
    """A product that no group names obeys the rules for all; an empty file forbids nothing."""
    everybody = rules_for("another", ROBOTS)
    assert (everybody.allow("/x"), everybody.delay) == (False, 5)
    assert rules_for("rag", b"").allow("/x")
    assert rules_for("rag", b"User-agent: *\nDisallow: /x\nAllow: /x\n").allow("/x")


def test_robots_cannot_be_made_slow() -> None:
    """A rule of many stars and a long file take no time."""
    started = time.monotonic()
    rules = rules_for("rag", b"User-agent: *\nDisallow: /" + b"*a" * 5_000 + b"b$\n" * 50_000)
    assert rules.allow("/" + "a" * 8_000)
    assert time.monotonic() - started < 1
