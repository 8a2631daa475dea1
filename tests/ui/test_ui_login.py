"""Logging in: who is let in, what guessing costs, and what is open to everybody."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from rag.config import ServerSettings, Settings
from rag.errors import ConfigError
from rag.ui.accounts import (
    FREE_GUESSES,
    LONGEST_WAIT,
    SESSION,
    SESSIONS,
    Accounts,
    Sessions,
    Throttle,
    hashed,
)
from rag.ui.guards import App
from rag.ui.login import Login
from rag.ui.metrics import Metrics
from rag.ui.page import build_page
from rag.ui.server import build_app, serve
from rag.ui.stack import Stack
from rag.ui.state import State
from rag.ui.uploads import Uploads
from tests.ui.fakes import FakeLibrary
from tests.ui.route_table import ADDING, route_table
from tests.ui.test_ui_guards import echo, request

PASSWORD = "seven mines"  # noqa: S105 - of an account that is made here


@pytest.fixture(autouse=True, scope="module")
def cheap_hashes() -> Iterator[None]:
    """Hashes that take no time, but where their strength is what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.ui.accounts._hasher", PasswordHasher(1, 8, 1))
        yield


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    """One account, by way of its file."""
    file = tmp_path_factory.mktemp("accounts") / "users"
    file.write_text(f"# those who may\n{hashed('alice', PASSWORD)}\n", "utf-8")
    return Accounts.read(file)


class Clock:
    """Time that passes when it is told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(accounts: Accounts, clock: Clock) -> Login:
    return Login(echo, accounts, Sessions(clock), Throttle(clock))


def form(password: str, to: str = "/") -> list[bytes]:
    """The body of the login page's form."""
    return [f"name=alice&password={password.replace(' ', '+')}&to={to}".encode()]


def cookie(headers: list[tuple[str, str]]) -> str:
    """The session cookie as the browser sends it back."""
    return dict(headers)["set-cookie"].partition(";")[0]


def test_nothing_but_health_and_the_login_page_is_open(accounts: Accounts, tmp_path: Path) -> None:
    """Every route of the real page, whatever its method, answers 401 without a login."""

    async def build() -> App:
        library = FakeLibrary()
        uploads = Uploads(library, Stack(tmp_path, 1_000))
        page = build_page(library)
        return build_app(page, library, accounts=accounts, metrics=Metrics(), uploads=uploads)

    app = asyncio.run(build())
    routes = route_table(app)
    assert {("GET", "/metrics"), ("POST", "/gradio_api/queue/join"), *ADDING} < set(routes)
    for method, path in routes:
        if path not in {"/healthz", "/readyz", "/login", "/logout"}:
            assert request(app, method, path)[0] == 401, (method, path)
    assert request(app, "GET", "/healthz")[0] == 200
    assert request(app, "GET", "/readyz")[0] == 200
    assert b'name="password"' in request(app, "GET", "/login")[2]


def test_the_right_password_opens_a_session_and_logging_out_ends_it(door: Login) -> None:
    """The cookie is HttpOnly and SameSite=Lax, opens the door, and is worthless afterwards."""
    status, headers, _ = request(door, "POST", "/login", body=form(PASSWORD))
    line = dict(headers)["set-cookie"]
    assert status == 303
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "Secure" not in line
    mine = [("cookie", f"other=1; {cookie(headers)}")]
    assert request(door, "GET", "/", mine)[0] == 200
    assert request(door, "POST", "/logout", mine)[0] == 303
    assert request(door, "GET", "/", mine)[0] == 401


def test_sessions_end_by_themselves(door: Login, clock: Clock) -> None:
    """After twelve hours the same cookie opens nothing."""
    mine = [("cookie", cookie(request(door, "POST", "/login", body=form(PASSWORD))[1]))]
    clock.now += SESSION - 1
    assert request(door, "GET", "/", mine)[0] == 200
    clock.now += 2
    assert request(door, "GET", "/", mine)[0] == 401


@pytest.mark.parametrize(
    "given", ["", "rag_session=", "rag_session=x", "rag_session=" + "x" * 9_000, "\xff=;;;=", "a b"]
)
def test_no_other_cookie_opens(door: Login, given: str) -> None:
    """Missing, guessed, endless and garbled cookies are all the same."""
    assert request(door, "GET", "/", [("cookie", given)])[0] == 401


def test_guessing_costs_time_for_the_name_and_for_the_address(door: Login, clock: Clock) -> None:
    """After some wrong passwords even the right one has to wait, and at most a minute."""
    for _ in range(FREE_GUESSES):
        assert request(door, "POST", "/login", body=form("wrong"))[0] == 403
    status, headers, body = request(door, "POST", "/login", body=form(PASSWORD))
    assert (status, dict(headers)["retry-after"]) == (429, "1")
    assert b"please wait 1 seconds" in body
    clock.now += 1.1
    for _ in range(20):
        assert request(door, "POST", "/login", body=form("wrong"))[0] == 403
        clock.now += LONGEST_WAIT
    assert request(door, "POST", "/login", body=form(PASSWORD))[0] == 303


def test_a_name_that_is_none_is_refused_like_a_wrong_password(door: Login) -> None:
    """Nobody learns which names there are."""
    wrong = request(door, "POST", "/login", body=form("wrong"))
    nobody = request(door, "POST", "/login", body=[b"name=bob&password=wrong&to=/"])
    assert wrong == nobody


@pytest.mark.parametrize(
    ("to", "led"),
    [
        ("/", "/"), ("/?cite=ab:1-2", "/?cite=ab:1-2"), ("//evil.example", "/"),
        ("https://evil.example", "/"), ("/\\evil.example", "/"), ("/%0d%0aset-cookie:a=b", "/"),
        ("", "/"), ("/?cite=ab:1-2&x=//evil.example", "/"),
    ],
)  # fmt: skip
def test_logging_in_leads_nowhere_else(door: Login, to: str, led: str) -> None:
    """Only the page itself and its passages can be asked for."""
    escaped = to.replace("%", "%25").replace("&", "%26")
    headers = request(door, "POST", "/login", body=form(PASSWORD, escaped))[1]
    assert dict(headers)["location"] == led


def test_people_are_led_to_the_login_page_and_programs_are_told(door: Login) -> None:
    """A browser that opens a passage comes back to it after logging in."""
    status, headers, _ = request(door, "GET", "/", [("accept", "text/html")])
    assert (status, dict(headers)["location"]) == (303, "/login")
    assert request(door, "POST", "/gradio_api/queue/join")[0] == 401


def test_what_is_led_to_is_shown_literally(door: Login) -> None:
    """The login page writes no tag that an address holds."""

    async def shown() -> bytes:
        sent: list[bytes] = []

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message.get("body", b""))

        async def receive() -> dict[str, object]:
            return {"type": "http.request"}

        scope = {
            "type": "http", "path": "/login", "method": "GET", "headers": [], "scheme": "http",
            "query_string": b"to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        }  # fmt: skip
        await door(scope, receive, send)
        return b"".join(sent)

    assert b"<script" not in asyncio.run(shown())


def test_programs_prove_themselves_with_basic(door: Login) -> None:
    """HTTP Basic lets a program in, hashes its password once, and throttles like the page."""
    right, wrong = (
        [("authorization", "Basic " + base64.b64encode(f"alice:{each}".encode()).decode())]
        for each in (PASSWORD, "wrong")
    )
    assert request(door, "POST", "/gradio_api/call/ask", right)[0] == 200
    assert [request(door, "GET", "/", wrong)[0] for _ in range(6)] == [401] * 5 + [429]
    assert request(door, "GET", "/", right)[0] == 200
    assert request(door, "GET", "/", [("authorization", "Basic \xff")])[0] == 429


def test_several_servers_know_the_same_logins_and_guesses(
    accounts: Accounts, clock: Clock, tmp_path: Path
) -> None:
    """Who logged in at one is let in by the other, which also ends it; wrong guesses add up. The
    file holds neither names nor keys, and is its owner's alone.
    """
    file = tmp_path / "state"
    states = [State(file), State(file)]
    realm = accounts.realm
    one, two = (
        Login(echo, accounts, Sessions(clock, each, realm), Throttle(clock, each))
        for each in states
    )
    mine = [("cookie", cookie(request(one, "POST", "/login", body=form(PASSWORD))[1]))]
    assert request(two, "GET", "/", mine)[0] == 200
    assert request(two, "POST", "/logout", mine)[0] == 303
    assert request(one, "GET", "/", mine)[0] == 401
    for guess in range(FREE_GUESSES):
        assert request((one, two)[guess % 2], "POST", "/login", body=form("wrong"))[0] == 403
    assert request(one, "POST", "/login", body=form(PASSWORD))[0] == 429
    assert request(two, "POST", "/login", body=form(PASSWORD))[0] == 429
    assert file.stat().st_mode & 0o077 == 0
    held = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert mine[0][1].partition("=")[2].encode() not in held
    assert b"alice" not in held
    for each in states:
        each.close()


def test_sessions_in_a_file_end_with_another_set_of_accounts(
    accounts: Accounts, tmp_path: Path
) -> None:
    """A server that starts with a changed file of accounts knows none of the earlier logins."""
    state = State(tmp_path / "state")
    key = Sessions(state=state, realm=accounts.realm).begin()
    assert Sessions(state=state, realm=accounts.realm).holds(key)
    fewer = Accounts({"bob": hashed("bob", PASSWORD).partition(":")[2]})
    assert not Sessions(state=state, realm=fewer.realm).holds(key)
    state.close()


def test_a_file_of_state_that_is_none_is_refused(tmp_path: Path) -> None:
    """A folder, a text, a file in no folder: one sentence; one of another edition is begun anew."""
    (tmp_path / "text").write_text("x" * 5_000)
    for file in (tmp_path, tmp_path / "text", tmp_path / "none" / "state"):
        with pytest.raises(ConfigError, match=r"server\.state"):
            State(file)
    old = State(tmp_path / "state")
    old.rows("PRAGMA user_version = 99")
    key = Sessions(state=old).begin()
    new = State(tmp_path / "state")
    assert not Sessions(state=new).holds(key)
    old.close()
    new.close()


def test_behind_https_the_cookie_is_secure(door: Login) -> None:
    """What a proxy says of the scheme decides."""

    async def secure(scope: object, receive: object, send: object) -> None:
        assert isinstance(scope, dict)
        await door({**scope, "scheme": "https"}, receive, send)  # type: ignore[arg-type]

    headers = request(secure, "POST", "/login", body=form(PASSWORD))[1]
    assert "Secure" in dict(headers)["set-cookie"]


def test_a_password_is_kept_as_an_argon2_hash_of_its_own() -> None:
    """Two hashes of one password differ, and neither holds it."""
    first, second = hashed("alice", PASSWORD), hashed("alice", PASSWORD)
    assert first.startswith("alice:$argon2id$")
    assert first != second
    assert PASSWORD not in first


@pytest.mark.parametrize(
    ("name", "password"), [("a:b", PASSWORD), ("", PASSWORD), ("a", "short"), ("a", "x" * 1_001)]
)
def test_names_and_passwords_that_will_not_do_are_refused(name: str, password: str) -> None:
    """Each is one sentence."""
    with pytest.raises(ConfigError, match="has"):
        hashed(name, password)


@pytest.mark.parametrize("text", [None, "", "# nobody\n", "alice\n", "alice:secret\n", "\xff\n"])
def test_a_file_of_accounts_that_is_none_is_refused(tmp_path: Path, text: str | None) -> None:
    """Absent, empty, or with passwords in the clear: one sentence, and no server."""
    file = tmp_path / "users"
    if text is not None:
        file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match="users"):
        Accounts.read(file)


def test_the_oldest_session_goes_first(clock: Clock) -> None:
    """Logins beyond the number that is held cost no memory."""
    sessions = Sessions(clock)
    keys = [sessions.begin() for _ in range(SESSIONS + 1)]
    assert [sessions.holds(key) for key in (keys[0], keys[1], keys[-1])] == [False, True, True]


@pytest.mark.parametrize(
    "settings",
    [ServerSettings(host="192.0.2.1"), ServerSettings(host="::"), ServerSettings(names="a.org")],
    ids=["an address", "every address", "a name"],
)
def test_nobody_serves_everybody_unawares(settings: ServerSettings) -> None:
    """Without accounts other machines are not listened to, unless `server.open` says so."""
    with pytest.raises(ConfigError, match=r"server\.open"):
        serve(FakeLibrary(), Settings(server=settings))
