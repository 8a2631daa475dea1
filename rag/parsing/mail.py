"""E-mail: who wrote to whom, when and about what, and the text; attachments are named, not read."""

from __future__ import annotations

import email
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default

from rag.errors import EncryptedDocumentError
from rag.parsing.cleaning import clean, clean_line
from rag.parsing.encoding import decode
from rag.parsing.extract import Extract, Marked, numbered
from rag.parsing.html import hidden_remark, shown
from rag.parsing.limits import Limits

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime"})
_MOST_NAMES = 5


def read(data: bytes, path: str, limits: Limits) -> Extract:
    """One page: the headers as lines, a blank line, the body; raises ParseError."""
    message = email.message_from_bytes(data, EmailMessage, policy=default)
    if message.get_content_type() in _ENCRYPTED:
        raise EncryptedDocumentError(path, "is an encrypted message; save its text")
    lines = [f"{name}: {line}" for name in _HEADERS if (line := _header(message, name))]
    (body, parts), remarks = _body(message, path)
    head = "\n".join(lines) + ("\n\n" if lines and body else "")
    shifted = tuple(replace(part, span=part.span.shift(len(head))) for part in parts)
    remarks = (*remarks, *_attachments(message))
    return Extract(
        numbered([(head + body, shifted)], path, limits), _header(message, "Subject"), remarks
    )


def _header(message: EmailMessage, name: str) -> str:
    return clean_line(str(message.get(name, "")))


def _body(message: EmailMessage, path: str) -> tuple[Marked, tuple[str, ...]]:
    """The plain text, else what the HTML shows; empty if the message has neither."""
    part = message.get_body(("plain", "html"))
    payload = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(payload, bytes):
        return ("", ()), ()
    text, remarks = decode(payload, part.get_content_charset() or "")
    if part.get_content_type() != "text/html":
        return (clean(text), ()), remarks
    page, _, hidden = shown(text, path)
    return page, (*remarks, *hidden_remark(hidden))


def _attachments(message: EmailMessage) -> tuple[str, ...]:
    names = [
        clean_line(part.get_filename() or part.get_content_type())
        for part in message.iter_attachments()
    ]
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return (f"attachments not read: {', '.join(names[:_MOST_NAMES])}{more}",) if names else ()
