# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The headers that every answer carries, pages, files, redirects and errors alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'{sockets}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "microphone=(self), camera=(), geolocation=(), payment=(), usb=()"),
)

Application = Callable[..., Iterable[bytes]]


def policy(sockets: str = "") -> str:
    """The content security policy.  sockets: the one address beside our own that a page may speak to."""
    return _POLICY.format(sockets=f" {sockets}" if sockets else "")


def guarded(application: Application) -> Application:
    """The application with these headers on all it answers; what it has set itself stays.

    Strict-Transport-Security is not among them: with a certificate of its own making, which most boxes on a LAN have,
    it would shut out the people it is to protect.
    """
    always = [*_ALWAYS, ("Content-Security-Policy", policy())]

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            had = {name.lower() for name, _ in headers}
            added = [(name, value) for name, value in always if name.lower() not in had]
            return start_response(status, [*headers, *added], exc_info)

        return application(environ, start)

    return answer
