"""All that an application answers to, its own routes and those of what is mounted in it."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route

from rag.ui.guards import App

ADDING = {("POST", "/documents"), ("DELETE", "/documents"), ("POST", "/documents/restore")}
"""What adds files to the library, takes them out and brings them back."""
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def route_table(app: App) -> list[tuple[str, str]]:
    """Every method and path, with x in the place of what varies, in order."""
    guarded: Any = app
    while not isinstance(guarded, FastAPI):
        guarded = guarded._app
    found: set[tuple[str, str]] = set()
    for service in (guarded, *_mounted(guarded)):
        for path, methods in service.openapi()["paths"].items():
            found |= {(method.upper(), _filled(path)) for method in methods}
        for route in service.routes:
            if isinstance(route, Route):
                found |= {(method, _filled(route.path)) for method in route.methods or ()}
    return sorted(each for each in found if each[0] in METHODS)


def _mounted(service: FastAPI) -> list[FastAPI]:
    inner = [getattr(route, "app", None) for route in service.routes]
    return [each for each in inner if isinstance(each, FastAPI)]


def _filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)
