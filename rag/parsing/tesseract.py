"""Tesseract, the program that recognises text in images, where it is installed."""

from __future__ import annotations

import shutil
import subprocess

_PROGRAM = "tesseract"


def edition() -> str:
    """Its name and version, empty if it is not installed or does not start."""
    try:
        return run("--version").partition("\n")[0].strip() if shutil.which(_PROGRAM) else ""
    except (subprocess.SubprocessError, OSError):
        return ""


def obstacle(languages: str) -> str:
    """Why it cannot read these `languages` ("eng+rus") and what to do about it; empty if it can."""
    if not shutil.which(_PROGRAM):
        return "Tesseract is not installed (apt-get install tesseract-ocr)"
    try:
        here = {line.strip() for line in run("--list-langs").splitlines()}
    except (subprocess.SubprocessError, OSError):
        return "Tesseract does not start"
    lacking = [each for each in languages.split("+") if each not in here]
    if not lacking:
        return ""
    packages = " ".join(f"tesseract-ocr-{each.replace('_', '-').lower()}" for each in lacking)
    return f"Tesseract lacks {', '.join(lacking)} (apt-get install {packages})"


def run(*arguments: str, data: bytes = b"", seconds: float = 10.0) -> str:
    """What it writes on `data`; raises SubprocessError, OSError."""
    return subprocess.run(  # noqa: S603 - a program of the system, no shell, nothing from files
        [shutil.which(_PROGRAM) or _PROGRAM, *arguments],
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        check=True,
    ).stdout.decode("utf-8", "replace")
