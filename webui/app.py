# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The web application: every address of the one table, behind one guard (session, role, CSRF, language, headers)."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn
from urllib.parse import quote

import bottle

from firmware.errors import StoreError
from firmware.store.reader import NotAllowed
from webui.access import RULES, Rule
from webui.headers import Application, guarded
from webui.service import Away, Bare, Refused
from webui.site import Site
from webui.texts import LANGUAGES, Texts, preferred
from webui.visit import FORM_COOKIE, LANGUAGE_COOKIE, SESSION_COOKIE, Visit, redirect

log = logging.getLogger(__name__)

# What a person whose password must be changed may still do.
BEFORE_NEW_PASSWORD = frozenset(
    {"signin.password_form", "signin.password_change", "signin.leave", "signin.language"}
)
FORM_BYTES_MAX = 1_000_000
UPLOAD_BYTES_MAX = 300_000_000
UPLOADS = frozenset({"prompts.upload", "settings_file.upload"})

Handler = Callable[..., Any]


def build(site: Site) -> Application:
    app = bottle.Bottle()
    bottle.BaseRequest.MEMFILE_MAX = FORM_BYTES_MAX
    for rule in RULES:
        app.route(rule.path, rule.method, _behind_guard(site, rule, _handler(rule)))
    app.default_error_handler = lambda error: _error_page(site, error)
    return guarded(app)


def _handler(rule: Rule) -> Handler:
    module, _, function = rule.handler.partition(".")
    handler: Handler = getattr(import_module(f"webui.pages.{module}"), function)
    return handler


def _behind_guard(site: Site, rule: Rule, handler: Handler) -> Handler:
    def guarded(**arguments: Any) -> Any:
        visit = _visit(site, rule)
        _let_in(visit, rule)
        if rule.method == "POST":
            _check_post(visit, rule)
        try:
            return handler(visit, **arguments)
        except Refused as refused:
            raise bottle.HTTPError(refused.status, refused.text(visit.texts)) from refused
        except NotAllowed as refused:
            raise bottle.HTTPError(403, visit.t("error.role")) from refused

    def answered(**arguments: Any) -> Any:
        try:
            return guarded(**arguments)
        except (Away, StoreError) as away:
            raise bottle.HTTPError(503, exception=away) from away

    return answered


def _visit(site: Site, rule: Rule) -> Visit:
    token = bottle.request.get_cookie(SESSION_COOKIE)
    session = site.sessions.find(token, renew=not rule.alive) if token else None
    user = site.people.find(session.user) if session else None
    chosen = (user.language if user else "") or bottle.request.get_cookie(LANGUAGE_COOKIE) or ""
    if chosen not in LANGUAGES:
        chosen = preferred(bottle.request.get_header("Accept-Language", ""))
    visit = Visit(site, Texts(chosen), session if user else None, user)
    visit.form_token = bottle.request.get_cookie(FORM_COOKIE) or visit.form_token
    return visit


def _let_in(visit: Visit, rule: Rule) -> None:
    if rule.open:
        return
    if visit.user is None:
        _to_sign_in(visit)
    if visit.user.role not in rule.roles:
        raise bottle.HTTPError(403, visit.t("error.role"))
    if visit.user.must_change and rule.handler not in BEFORE_NEW_PASSWORD:
        redirect("/password")


def _to_sign_in(visit: Visit) -> NoReturn:
    wants_page = "text/html" in bottle.request.get_header("Accept", "")
    if bottle.request.method != "GET" or not wants_page:
        raise bottle.HTTPError(401, visit.t("error.signed_out"))
    path = bottle.request.path
    redirect("/signin" if path == "/" else f"/signin?next={quote(path, safe='/')}")


def _check_post(visit: Visit, rule: Rule) -> None:
    limit = UPLOAD_BYTES_MAX if rule.handler in UPLOADS else FORM_BYTES_MAX
    if bottle.request.content_length > limit:
        raise bottle.HTTPError(413, visit.t("upload.too_large", megabytes=limit // 1_000_000))
    if bottle.request.get_header("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise bottle.HTTPError(403, visit.t("error.csrf"))
    given = bottle.request.get_header("X-CSRF") or visit.form("csrf")
    expected = visit.csrf if visit.session else bottle.request.get_cookie(FORM_COOKIE) or ""
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise bottle.HTTPError(403, visit.t("error.csrf"))


def _error_page(site: Site, error: bottle.HTTPError) -> str:
    """Every error as a page in the person's language; our own faults are logged whole and told without detail."""
    away = isinstance(error.exception, Away | StoreError)
    comes_back = away and not isinstance(error.exception, Bare)
    visit = _visit_in_error(site)
    if away:
        error.set_header("Retry-After", "3")
    elif error.status_code >= 500 and error.exception is not None:
        log.error("page failed: %s %s", bottle.request.method, bottle.request.path, exc_info=error.exception)
    text = _told(visit, error)
    if "application/json" in bottle.request.get_header("Accept", ""):
        error.content_type = "application/json"
        return str(bottle.json_dumps({"error": text}))
    error.content_type = "text/html; charset=utf-8"
    return visit.render("error.html", status=error.status_code, text=text, away=comes_back)


def _visit_in_error(site: Site) -> Visit:
    """The person who met the error; nobody, where even that can't be known because the service is away."""
    try:
        return _visit(site, RULES[0])
    except Away:
        return Visit(site, Texts(preferred(bottle.request.get_header("Accept-Language", ""))))


def _told(visit: Visit, error: bottle.HTTPError) -> str:
    """What a page of ours said of the error; our own words for its number where the framework raised it."""
    if isinstance(error.exception, Bare):
        return visit.t("error.bare")
    if isinstance(error.exception, Away | StoreError):
        return visit.t("error.away")
    ours = bool(error.body) and isinstance(error.body, str) and error.exception is None
    if ours and error.status_code not in (404, 405):
        return str(error.body)
    return visit.t(f"error.status_{error.status_code}")
