# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Web users, their passwords, and the PINs that desk phones and flows ask for."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from firmware.exchange.commands import Actor
from firmware.store import credentials, events, users
from firmware.store.credentials import agrees, hash_secret
from firmware.store.users import User, WrongUser
from firmware.verbs.verb import ADMIN, ANYBODY, EVERYBODY, Desk, Refused, Request, Verb

SIGN_IN_TRIES = 5  # wrong passwords before a user is locked; standards of the field agree on 5
SIGN_IN_LOCK_S = 900
PASSWORD_LONGEST = 200  # argon2 would take any length; a megabyte is an attack
PIN = re.compile(r"[0-9]{4,20}")
SUBJECT = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,79}")


async def user_list(desk: Desk, request: Request) -> Mapping[str, Any]:
    now_ns = desk.exchange.now().civil_ns
    return {"users": [user.shown(now_ns) for user in await desk.write(users.everyone)]}


async def user_add(desk: Desk, request: Request) -> Mapping[str, Any]:
    password = _new_password(request, "password")
    user = User(
        name=request.text("name", longest=40),
        role=request.text("role", longest=20),
        password_hash=await desk.aside(hash_secret, password),
        language=request.text("language", desk.exchange.settings.centre.language, 10),
        agent=request.whole("agent", 0),
        lines=request.wholes("lines", ()),
        must_change=True,
    )
    try:
        await desk.write(users.add, user, desk.exchange.now().civil_ns)
    except WrongUser as error:
        raise Refused("bad_request", str(error)) from None
    except sqlite3.IntegrityError:
        raise Refused("conflict", f"there is a user {user.name} already") from None
    return {"user": user.shown(0)}


async def user_change(desk: Desk, request: Request) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for name in ("role", "language"):
        if request.has(name):
            values[name] = request.text(name, longest=20)
    if request.has("agent"):
        values["agent"] = request.whole("agent")
    if request.has("lines"):
        values["lines"] = request.wholes("lines")
    if request.has("password"):
        values["password_hash"] = await desk.aside(hash_secret, _new_password(request, "password"))
        values["must_change"] = True
    return {"user": (await _change(desk, request.text("name", longest=40), values)).shown(0)}


async def user_remove(desk: Desk, request: Request) -> Mapping[str, Any]:
    name = request.text("name", longest=40)
    try:
        await desk.write(users.remove, name)
    except KeyError:
        raise Refused("not_found", f"there is no user {name}") from None
    except WrongUser as error:
        raise Refused("conflict", str(error)) from None
    return {}


async def sign_in(desk: Desk, request: Request) -> Mapping[str, Any]:
    """The same time and the same words for a wrong name and a wrong password."""
    user = await _judge(
        desk, request.text("name", longest=40), request.text("password", longest=PASSWORD_LONGEST)
    )
    await _audit_sign_in(desk, request, user.name, True)
    return {"user": user.shown(0)}


async def change_password(desk: Desk, request: Request) -> Mapping[str, Any]:
    """One's own."""
    name = request.text("name", longest=40)
    if request.actor.name != name:
        raise Refused("not_allowed", "only one's own password; an admin sets another's by user_change")
    await _judge(desk, name, request.text("old", longest=PASSWORD_LONGEST))
    new = _new_password(request, "new")
    if new == request.text("old", longest=PASSWORD_LONGEST):
        raise Refused("bad_request", "new: this is the old password")
    await _change(desk, name, {"password_hash": await desk.aside(hash_secret, new), "must_change": False})
    desk.data.first_password.unlink(missing_ok=True)
    return {}


async def change_language(desk: Desk, request: Request) -> Mapping[str, Any]:
    """One's own: in which the pages speak."""
    user = await _change(desk, request.actor.name, {"language": request.text("language", longest=20)})
    return {"user": user.shown(0)}


async def set_pin(desk: Desk, request: Request) -> Mapping[str, Any]:
    subject, pin = _subject(request), request.text("pin", longest=20)
    if not PIN.fullmatch(pin):
        raise Refused("bad_request", "pin: 4 to 20 digits")
    if len(set(pin)) == 1 or pin in "01234567890123456789" or pin in "98765432109876543210":
        raise Refused("bad_request", "pin: too easily guessed")
    hashed = await desk.aside(hash_secret, pin)
    await desk.write(credentials.put, subject, hashed, desk.exchange.now().civil_ns)
    return {}


async def remove_pin(desk: Desk, request: Request) -> Mapping[str, Any]:
    subject = _subject(request)
    if not await desk.write(credentials.remove, subject):
        raise Refused("not_found", f"no PIN is stored for {subject}")
    return {}


def ensure_admin(db: sqlite3.Connection, at_ns: int) -> str:
    """On a database with no users, add an admin with a password of chance and return it; empty otherwise."""
    if users.everyone(db):
        return ""
    password = secrets.token_urlsafe(9)
    users.add(db, User("admin", "admin", hash_secret(password), must_change=True), at_ns)
    return password


async def _change(desk: Desk, name: str, values: dict[str, Any]) -> User:
    try:
        return await desk.write(users.change, name, desk.exchange.now().civil_ns, **values)
    except KeyError:
        raise Refused("not_found", f"there is no user {name}") from None
    except WrongUser as error:
        raise Refused("bad_request", str(error)) from None


async def _judge(desk: Desk, name: str, password: str) -> User:
    """The user, where the password is theirs; counts wrong tries."""
    now_ns = desk.exchange.now().civil_ns
    user = await desk.write(users.find, name)
    locked = user is not None and user.locked_until_ns > now_ns
    right = await desk.aside(agrees, user.password_hash if user and not locked else None, password)
    if user is not None and right:
        await desk.write(users.note_signed_in, name)
        return user
    actor = Actor("web", name, "")
    if locked:
        await desk.write(events.add_audit, actor, "sign_in", False, "locked", now_ns)
        raise Refused("locked_out", "too many wrong passwords: try again later")
    locks = await desk.write(credentials.note_wrong_password, name, now_ns, SIGN_IN_TRIES, SIGN_IN_LOCK_S)
    await desk.write(events.add_audit, actor, "sign_in", False, "locked now" if locks else "wrong", now_ns)
    raise Refused("not_allowed", "name or password is wrong")


async def _audit_sign_in(desk: Desk, request: Request, name: str, allowed: bool) -> None:
    actor = Actor(request.actor.kind, name, request.actor.role)
    await desk.write(events.add_audit, actor, "sign_in", allowed, "", desk.exchange.now().civil_ns)


def _new_password(request: Request, field: str) -> str:
    password = request.text(field, longest=PASSWORD_LONGEST)
    if len(password) < users.PASSWORD_LEAST:
        raise Refused("bad_request", f"{field}: at least {users.PASSWORD_LEAST} characters")
    return password


def _subject(request: Request) -> str:
    subject = request.text("subject", longest=80)
    if not SUBJECT.fullmatch(subject):
        raise Refused("bad_request", 'subject: as "agent:101", "mailbox:1" or a flow\'s own')
    return subject


VERBS = {
    "user_list": Verb(user_list, ADMIN),
    "user_add": Verb(user_add, ADMIN, changes=True),
    "user_change": Verb(user_change, ADMIN, changes=True),
    "user_remove": Verb(user_remove, ADMIN, changes=True),
    "sign_in": Verb(sign_in, ANYBODY),
    "change_password": Verb(change_password, EVERYBODY, changes=True),
    "change_language": Verb(change_language, EVERYBODY),
    "set_pin": Verb(set_pin, ADMIN, changes=True),
    "remove_pin": Verb(remove_pin, ADMIN, changes=True),
}
