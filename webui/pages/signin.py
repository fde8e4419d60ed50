# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Signing in and out, one's own password, one's own language.  The service holds the hashes and judges."""

from __future__ import annotations

import math
from typing import Any

import bottle

from webui.access import Role
from webui.people import user_of
from webui.service import Bare, Refused
from webui.texts import LANGUAGES
from webui.visit import FORM_COOKIE, LANGUAGE_COOKIE, SESSION_COOKIE, User, Visit, redirect

PASSWORD_SHORTEST = 10
WRONG = frozenset({"not_allowed", "locked_out", "bad_request"})


def form(visit: Visit, failed: str = "") -> str:
    if visit.user is not None:
        redirect("/")
    _cookie(visit, FORM_COOKIE, visit.form_token)
    return visit.render("signin.html", failed=failed, name=visit.form("name", 60), next=_next(visit))


def enter(visit: Visit) -> str:
    name, password = visit.form("name", 60), bottle.request.forms.getunicode("password", default="")[:500]
    keys = (f"address {_address(visit)}", f"name {name.casefold()}")
    wait_s = visit.site.limiter.wait_s(*keys)
    if wait_s > 0:
        bottle.response.status = 429
        bottle.response.set_header("Retry-After", str(math.ceil(wait_s)))
        return form(visit, visit.t("signin.wait", seconds=math.ceil(wait_s)))
    user = _judged(visit, name, password)
    if user is None:
        visit.site.limiter.failed(*keys)
        bottle.response.status = 401
        return form(visit, visit.t("signin.wrong"))
    visit.site.limiter.succeeded(*keys)
    visit.site.people.forget()
    _cookie(visit, SESSION_COOKIE, visit.site.sessions.open(user.name))
    return _to_with_cookies("/password" if user.must_change else _next(visit) or "/")


def _address(visit: Visit) -> str:
    """Where a request comes from.  What a browser says of itself counts only when a front server of ours says it."""
    forwarded = bottle.request.get_header("X-Forwarded-For", "") if visit.site.behind_front else ""
    return forwarded.rpartition(",")[2].strip() or str(bottle.request.environ.get("REMOTE_ADDR", ""))


def _judged(visit: Visit, name: str, password: str) -> User | None:
    """The user whose password this is.  The same answer for a wrong name, a wrong password and a locked user."""
    if not name or not password:
        return None
    try:
        answer = visit.site.service.ask("sign_in", "web", Role.ADMIN, name=name, password=password)
    except Refused as refused:
        if refused.cause == "unavailable":
            raise Bare(refused.detail) from refused
        if refused.cause in WRONG:
            return None
        raise
    return user_of(answer["user"])


def leave(visit: Visit) -> str:
    assert visit.session is not None
    visit.site.sessions.end(visit.session.digest)
    bottle.response.delete_cookie(SESSION_COOKIE, path="/")
    return _to_with_cookies("/signin")


def password_form(visit: Visit, failed: str = "") -> str:
    return visit.render("password.html", failed=failed, shortest=PASSWORD_SHORTEST)


def password_change(visit: Visit) -> str:
    assert visit.session is not None
    old, new, again = (
        bottle.request.forms.getunicode(key, default="")[:500] for key in ("old", "new", "again")
    )
    keys = (f"password {visit.name}",)
    if visit.site.limiter.wait_s(*keys) > 0:
        return password_form(
            visit, visit.t("signin.wait", seconds=math.ceil(visit.site.limiter.wait_s(*keys)))
        )
    if len(new) < PASSWORD_SHORTEST:
        return password_form(visit, visit.t("password.short", shortest=PASSWORD_SHORTEST))
    if new != again:
        return password_form(visit, visit.t("password.differ"))
    if new in (old, visit.name):
        return password_form(visit, visit.t("password.same"))
    try:
        visit.ask("change_password", name=visit.name, old=old, new=new)
    except Refused as refused:
        visit.site.limiter.failed(*keys)
        return password_form(visit, refused.text(visit.texts))
    visit.site.people.forget()
    visit.site.sessions.end_all_of(visit.name, but=visit.session.digest)
    return visit.done("/", "password.changed")


def language(visit: Visit) -> str:
    chosen = visit.form("language", 5)
    if chosen in LANGUAGES:
        visit.ask("change_language", language=chosen)
        visit.site.people.forget()
        _cookie(visit, LANGUAGE_COOKIE, chosen, max_age=365 * 86_400)
    back = visit.form("back")
    return _to_with_cookies(back if _ours(back) else "/")


def _next(visit: Visit) -> str:
    """Where a person wanted to go before signing in: a path of ours, never another host."""
    wanted = visit.form("next") or visit.query("next")
    return wanted if _ours(wanted) else ""


def _ours(path: str) -> bool:
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()


def _cookie(visit: Visit, name: str, value: str, **options: Any) -> None:
    bottle.response.set_cookie(
        name, value, path="/", httponly=True, samesite="strict", secure=visit.site.secure, **options
    )


def _to_with_cookies(to: str) -> str:
    """A redirect that keeps the cookies just set: raising a new answer would lose them."""
    bottle.response.status = 303
    bottle.response.set_header("Location", to)
    return ""
