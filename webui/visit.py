# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""One request by one person: who, in which language, with which form; and the answers a page can give."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote

import bottle

from firmware.store.queries import Queries
from firmware.store.reader import Reader
from webui.access import Role
from webui.sessions import Session
from webui.texts import Texts

if TYPE_CHECKING:
    from webui.service import Answer
    from webui.site import Site

FORM_COOKIE = "switchroom_form"
SESSION_COOKIE = "switchroom_session"
LANGUAGE_COOKIE = "switchroom_language"


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in.  language: "" follows the browser; agent, lines: whose calls are theirs to see."""

    name: str
    role: Role
    language: str = ""
    must_change: bool = False
    agent: int = 0
    lines: tuple[int, ...] = ()


@dataclass(slots=True)
class Visit:
    site: Site
    texts: Texts
    session: Session | None = None
    user: User | None = None
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    # --- what came in ---

    @property
    def name(self) -> str:
        return self.user.name if self.user else ""

    @property
    def role(self) -> Role:
        assert self.user is not None, "a page for those signed in was opened by nobody"
        return self.user.role

    @property
    def csrf(self) -> str:
        return self.session.csrf if self.session else self.form_token

    def may(self, *roles: str) -> bool:
        return self.user is not None and self.user.role.value in roles

    def query(self, key: str, longest: int = 200) -> str:
        value = bottle.request.query.getunicode(key, default="") or ""
        return value.strip()[:longest]

    def form(self, key: str, longest: int = 10_000) -> str:
        value = bottle.request.forms.getunicode(key, default="") or ""
        return value.strip()[:longest]

    def form_list(self, key: str) -> list[str]:
        decoded = bottle.request.forms.decode()
        return [str(value).strip() for value in decoded.getall(key)]

    def form_keys(self) -> list[str]:
        return list(bottle.request.forms.decode().keys())

    def upload(self, key: str, bytes_max: int) -> tuple[str, bytes] | None:
        """An uploaded file's name (as data, never a path) and content; None where there is none."""
        uploaded = bottle.request.files.get(key)
        if uploaded is None:
            return None
        content = uploaded.file.read(bytes_max + 1)
        if len(content) > bytes_max:
            bottle.abort(413, self.texts("upload.too_large", megabytes=bytes_max // 1_000_000))
        return str(uploaded.raw_filename)[:200], content

    # --- what it asks of the service and the records ---

    @property
    def reader(self) -> Reader:
        """This person as the records know readers: what they see, and with which numbers hidden, follows from it."""
        assert self.user is not None, "records are read for those signed in"
        return Reader(self.role.value, self.name, self.user.agent, self.user.lines)

    @property
    def records(self) -> Queries:
        return self.site.records

    def ask(self, do: str, /, body: bytes | None = None, **fields: object) -> Answer:
        """The answer to a verb, asked as this person.  Raises Away or Refused."""
        return self.site.service.ask(do, self.name, self.role, body=body, **fields)

    # --- what goes out ---

    def t(self, key: str, /, **values: object) -> str:
        return self.texts(key, **values)

    def render(self, template: str, **values: object) -> str:
        return self.site.pages.render(template, self, values)

    def say(self, kind: str, text: str) -> None:
        """Show a notice on this person's next page.  kind: "good" or "bad"."""
        if self.session:
            self.site.notices.put(self.session.digest, kind, text)

    def done(self, to: str, key: str = "", /, **values: object) -> NoReturn:
        """Back to a page after a change, with a notice."""
        if key:
            self.say("good", self.texts(key, **values))
        redirect(to)

    def failed(self, to: str, text: str) -> NoReturn:
        self.say("bad", text)
        redirect(to)


def redirect(to: str) -> NoReturn:
    """303 to a path of ours, relative, so that no Host header can lead elsewhere."""
    raise bottle.HTTPResponse(status=303, headers={"Location": quote(to, safe="/?=&#%:.,-_~+")})
