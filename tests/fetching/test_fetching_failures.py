"""Everything that a server can do wrong: one status in words, and no file."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rag.fetching import Fate
from rag.fetching.web import Outside
from tests.fetching.conftest import (
    HOST,
    INSIDE,
    LIMITS,
    PAGE,
    Fetch,
    Handler,
    Site,
    answer,
    serving,
)

pytestmark = pytest.mark.server

PDF = b"%PDF-1.7"


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


@pytest.mark.parametrize("status", [404, 403, 410, 429, 500, 503])
def test_a_refusal_is_said_in_words(fetch: Fetch, site: Site, tmp_path: Path, status: int) -> None:
    """Any status but success is the entry's failure, and leaves nothing behind."""
    site.pages["/a"] = answer(b"sorry", status, "text/plain")
    done = fetch(site.url("/a"))
    assert done.fate is Fate.FAILED
    assert f"HTTP {status} " in done.message
    assert _files(tmp_path) == []


def test_an_unverified_address_says_so(fetch: Fetch, site: Site) -> None:
    """A failure, or a success, at an address nobody has seen is told as such."""
    site.pages["/b"] = answer()
    for path in ("/a", "/b"):
        assert fetch(site.url(path), verified=False).message.endswith("the address is unverified")


def test_a_silent_server_times_out(fetch: Fetch, site: Site) -> None:
    """A server that accepts and says nothing is left after the limit of silence."""
    site.pages["/a"] = lambda _: time.sleep(2)
    started = time.monotonic()
    done = fetch(site.url("/a"), limits=replace(LIMITS, silence=0.3))
    assert "took longer than 0.3 seconds to answer" in done.message
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_dripping_server_times_out(fetch: Fetch, site: Site, where: str) -> None:
    """A byte now and then keeps no one waiting beyond the limit for the whole."""

    def drip(handler: Handler) -> None:
        if where == "body":
            handler.send_response(200)
            handler.send_header("Content-Type", "text/html")
            handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b"<")
            handler.wfile.flush()
            time.sleep(0.05)

    site.pages["/a"] = drip
    done = fetch(site.url("/a"), limits=replace(LIMITS, seconds=0.6))
    assert done.fate is Fate.FAILED
    assert "took longer than 0.6 seconds in all" in done.message


def test_a_body_without_end_is_cut_off(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """Nothing beyond the size limit is kept, whatever the server promises."""

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("ETag", '"x"')
        handler.end_headers()
        while True:
            handler.wfile.write(PAGE * 100)

    site.pages["/a"] = endless
    assert "is larger than 100,000 bytes" in fetch(site.url("/a")).message
    assert _files(tmp_path) == []


def test_a_body_that_is_announced_too_large_is_not_read(fetch: Fetch, site: Site) -> None:
    """The announced length is enough to refuse."""
    site.pages["/a"] = answer(PAGE * 2000)
    assert "is larger than 100,000 bytes" in fetch(site.url("/a")).message


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        ("a.pdf", ("text/html", PAGE), "is sent as 'text/html' instead of PDF"),
        ("a.pdf", ("application/pdf", PAGE), "is not PDF, although it is sent as such"),
        ("a.html", ("application/pdf", PDF), "is sent as 'application/pdf' instead of HTML"),
        ("a.html", ("text/html", PDF), "is not HTML, although"),
        ("a.html", ("text/html", b""), "is not HTML, although"),
        ("a.txt", ("text/plain", b"a\x00b"), "is not plain text, although"),
        ("a.txt", ("text/plain", b""), "is not plain text, although"),
        ("a.docx", ("application/octet-stream", PAGE), "is not DOCX, although"),
        ("a.exe", ("text/html", PAGE), "files named .exe are not fetched"),
        ("a", ("text/html", PAGE), "files named without a suffix are not fetched"),
    ],
)
def test_what_is_of_another_kind_is_refused(
    fetch: Fetch, site: Site, name: str, sent: tuple[str, bytes], said: str
) -> None:
    """Content type and first bytes must be those that the name promises; nothing is kept."""
    kind, body = sent
    site.pages["/a"] = answer(body, kind=kind)
    done = fetch(site.url("/a"), name)
    assert said in done.message
    assert done.sha256 == ""


def test_a_redirect_is_followed(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """To another path and another public host, relative or absolute."""
    site.pages["/a"] = answer(b"", 302, Location="b")
    site.pages["/b"] = answer(b"", 308, Location=site.url("/c d?e=ü", "elsewhere.test"))
    site.pages["/c%20d?e=%C3%BC"] = answer()
    assert fetch(site.url("/a")).fate is Fate.FETCHED
    assert (tmp_path / "reports" / "a.html").read_bytes() == PAGE
    assert site.asked[-1][0] == "elsewhere.test"


@pytest.mark.parametrize(
    ("location", "said"),
    [
        (f"http://{INSIDE}/x", f"{INSIDE} is not a public host"),
        ("http://nowhere.test/", "the name nowhere.test cannot be resolved"),
        ("file:///etc/passwd", "not an http or https address"),
        ("http://me:secret@reports.test/", "a user name or password"),
        ("http://[::1", "redirects to something that is no address"),
        ("http://reports.test:99999/", "cannot be understood"),
        ("/a", "is redirected more than 3 times"),
    ],
)
def test_a_redirect_elsewhere_is_not(
    fetch: Fetch, site: Site, outside: Outside, location: str, said: str
) -> None:
    """Not to hosts inside, other schemes, passwords, nonsense or round in a circle."""

    def find(host: str, port: int) -> list[str]:
        try:
            return list(outside.resolve(host, port))
        except KeyError as error:
            raise OSError from error

    site.pages["/a"] = answer(b"", 302, Location=location)
    assert said in fetch(site.url("/a"), world=replace(outside, resolve=find)).message


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "127.1"])
def test_this_machine_is_no_public_host(fetch: Fetch, site: Site, host: str) -> None:
    """With the real resolver and rules, neither an address nor a redirect leads to loopback."""
    done = fetch(site.url("/a", host), world=Outside())
    assert "is not a public host" in done.message
    assert site.asked == []


def test_a_redirect_to_loopback_is_refused(fetch: Fetch, site: Site, outside: Outside) -> None:
    """The first host may be spoken to, and sends to a loopback address that may not."""
    site.pages["/a"] = answer(b"", 302, Location=site.url("/b", "127.0.0.2"))
    site.pages["/b"] = answer()
    names = replace(outside, resolve=lambda host, _: ["127.0.0.1" if host == HOST else host])
    assert "127.0.0.2 is not a public host" in fetch(site.url("/a"), world=names).message
    assert site.paths == ["/a"]


def test_a_name_that_changes_its_mind_is_not_asked_again(
    fetch: Fetch, site: Site, outside: Outside
) -> None:
    """The connection goes to the address that was checked; one bad address of two refuses both."""
    replies = iter([["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]])
    site.pages["/a"] = answer()
    world = replace(outside, resolve=lambda *_: next(replies))
    assert "is not a public host" in fetch(site.url("/a"), world=world).message
    assert site.paths == []


def test_a_closed_port_is_said_in_words(fetch: Fetch) -> None:
    """Nobody there: one sentence with the host's name."""
    assert f"{HOST} cannot be reached" in fetch(f"http://{HOST}:1/a").message


def test_what_is_not_http_is_said_in_words(fetch: Fetch, site: Site) -> None:
    """An answer in another language is no crash."""
    site.pages["/a"] = lambda handler: (handler.wfile.write(b"220 mail ready\r\n"), None)[1]
    assert "does not answer in HTTP" in fetch(site.url("/a")).message


@pytest.fixture
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """A TLS site with a certificate of its own making, for the right name, and its file."""
    pem = tmp_path_factory.mktemp("tls") / "site.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    pem.write_bytes(key.private_bytes(encoding, form, plain) + made.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def wrap(server: object) -> None:
        server.socket = context.wrap_socket(server.socket, server_side=True)  # type: ignore[attr-defined]

    with serving(wrap) as site:
        yield site, pem


def test_a_certificate_is_checked(
    fetch: Fetch, certified: tuple[Site, Path], outside: Outside
) -> None:
    """A certificate that nobody vouches for is refused; a trusted one for the name is not."""
    site, pem = certified
    site.pages["/a"] = answer()
    url = site.url("/a", scheme="https")
    assert f"the certificate of {HOST} cannot be trusted" in fetch(url).message
    assert site.asked == []
    trusting = replace(outside, context=ssl.create_default_context(cafile=str(pem)))
    assert fetch(url, world=trusting).fate is Fate.FETCHED
    other = site.url("/a", "elsewhere.test", "https")
    assert "the certificate of elsewhere.test" in fetch(other, world=trusting).message


def test_encryption_is_not_given_up(
    fetch: Fetch, certified: tuple[Site, Path], outside: Outside
) -> None:
    """A redirect from https to http is refused."""
    site, pem = certified
    site.pages["/a"] = answer(b"", 302, Location=f"http://{HOST}/b")
    trusting = replace(outside, context=ssl.create_default_context(cafile=str(pem)))
    message = fetch(site.url("/a", scheme="https"), world=trusting).message
    assert "from https to unencrypted http" in message


def test_no_tls_where_tls_is_asked_for(fetch: Fetch, site: Site) -> None:
    """A server that does not speak TLS is one sentence."""
    message = fetch(site.url("/a", scheme="https")).message
    assert f"there is no secure connection to {HOST}" in message
