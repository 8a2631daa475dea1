"""The door: nothing but health and the login page is answered to whoever has not logged in."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import math
import re
from http.cookies import CookieError, SimpleCookie
from importlib import resources
from urllib.parse import parse_qs

from markupsafe import Markup, escape

from rag.ui.accounts import SESSION, Accounts, Sessions, Throttle
from rag.ui.guards import App, Receive, Scope, Send, header, refuse, respond

OPEN = frozenset({"/healthz", "/readyz"})
COOKIE = "rag_session"
LARGEST_FORM = 10_000
AT_ONCE = 2
"""Passwords that are hashed at the same time: each takes 64 MiB."""

_HTML = b"text/html; charset=utf-8"
_INSIDE = re.compile(r"/(\?cite=\w+:\d+-\d+)?")
"""Where one may be led after logging in: to the page, or to a passage there."""
_WRONG = "That name and password do not belong together."

_log = logging.getLogger(__name__)


class Login:
    """Lets in sessions by their cookie and programs by HTTP Basic; shows others the login page."""

    def __init__(
        self,
        app: App,
        accounts: Accounts,
        sessions: Sessions | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._sessions = sessions or Sessions(realm=accounts.realm)
        self._throttle = throttle or Throttle()
        self._hashing = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
        elif scope["path"] == "/login":
            await self._login(scope, receive, send)
        elif scope["path"] == "/logout":
            await self._logout(scope, send)
        elif (basic := _basic(scope)) is not None:
            await self._program(basic, scope, receive, send)
        elif self._sessions.holds(_cookie(scope)):
            await self._app(scope, receive, send)
        else:
            await _show_out(scope, send)

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            asked = parse_qs(scope["query_string"].decode("latin-1"))
            await _page(send, 200, to=asked.get("to", ["/"])[0])
            return
        form = await _form(receive)
        name, to = form.get("name", ""), form.get("to", "/")
        wait = await self._guess(name, form.get("password", ""), scope)
        if wait is None:
            key = self._sessions.begin()
            led = to if _INSIDE.fullmatch(to) else "/"
            await _redirect(send, led, _set_cookie(scope, key, SESSION))
        elif wait > 0:
            words = f"Too many wrong passwords: please wait {math.ceil(wait)} seconds."
            retry = (b"retry-after", str(math.ceil(wait)).encode())
            await _page(send, 429, words, to, retry)
        else:
            await _page(send, 403, _WRONG, to)

    async def _logout(self, scope: Scope, send: Send) -> None:
        if scope["method"] != "POST":
            await respond(send, 200, _template("logout.html").encode(), _HTML)
            return
        self._sessions.end(_cookie(scope))
        await _redirect(send, "/login", _set_cookie(scope, "", 0))

    async def _program(self, basic: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hashes are slow on purpose: what was right once is remembered as a session is."""
        if not self._sessions.holds(basic):
            name, _, password = basic.partition(":")
            wait = await self._guess(name, password, scope)
            if wait is not None and wait > 0:
                retry = (b"retry-after", str(math.ceil(wait)).encode())
                await refuse(send, 429, "Too many wrong passwords: please wait.", retry)
                return
            if wait is not None:
                await refuse(send, 401, _WRONG, _CHALLENGE)
                return
            self._sessions.begin(basic)
        await self._app(scope, receive, send)

    async def _guess(self, name: str, password: str, scope: Scope) -> float | None:
        """None if the password is right, else the seconds to wait before it is even looked at."""
        address = (scope.get("client") or ("",))[0]
        keys = [f"name {name}", f"address {address}"]
        async with self._hashing:  # so that guesses sent together are counted one by one
            if (wait := self._throttle.wait(keys)) > 0:
                return wait
            right = await asyncio.to_thread(self._accounts.admit, name, password)
            self._throttle.guessed(keys, right=right)
        if not right:
            _log.warning("wrong password", extra={"said": {"address": address}})
        return None if right else 0.0


_CHALLENGE = (b"www-authenticate", b'Form realm="rag"')
"""No scheme that a browser knows, so that it shows no window of its own."""


async def _show_out(scope: Scope, send: Send) -> None:
    """People are led to the login page, programs are told."""
    if scope["method"] == "GET" and "text/html" in (header(scope, b"accept") or ""):
        query = scope["query_string"].decode("latin-1")
        to = f"{scope['path']}?{query}" if query else scope["path"]
        asked = f"?to={to.replace('?', '%3F')}" if _INSIDE.fullmatch(to) and query else ""
        await _redirect(send, f"/login{asked}")
    else:
        await refuse(send, 401, "Please log in at /login.", _CHALLENGE)


async def _page(
    send: Send, status: int, notice: str = "", to: str = "/", *more: tuple[bytes, bytes]
) -> None:
    said = Markup('<p role="alert">{}</p>').format(notice) if notice else Markup()
    body = _template("login.html").format(notice=said, to=escape(to))
    await respond(send, status, body.encode(), _HTML, (b"cache-control", b"no-store"), *more)


def _template(name: str) -> Markup:
    return Markup(resources.files("rag.ui").joinpath(name).read_text("utf-8"))  # noqa: S704 - ours


async def _redirect(send: Send, to: str, *more: tuple[bytes, bytes]) -> None:
    led = (b"location", to.encode("latin-1"))
    await respond(send, 303, b"", _HTML, led, (b"cache-control", b"no-store"), *more)


async def _form(receive: Receive) -> dict[str, str]:
    """The first value of each field; what is no form, or a long one, has none."""
    body, more = b"", True
    while more and len(body) <= LARGEST_FORM:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if len(body) > LARGEST_FORM:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=None)
    return {name: values[0] for name, values in fields.items()}


def _basic(scope: Scope) -> str | None:
    """`name:password` of HTTP Basic; None without it."""
    scheme, _, given = (header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, ValueError):
        return ":"


def _cookie(scope: Scope) -> str:
    try:
        found = SimpleCookie(header(scope, b"cookie") or "").get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _set_cookie(scope: Scope, key: str, age: int) -> tuple[bytes, bytes]:
    secure = "; Secure" if scope["scheme"] == "https" else ""
    line = f"{COOKIE}={key}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
    return b"set-cookie", line.encode()
