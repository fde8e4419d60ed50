# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Who may open what: the one table of every address the web pages answer.

A route that is not in this table does not exist, since `app` mounts from it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    INSTALLER = "installer"
    MERCHANT = "merchant"


NOBODY_SIGNED_IN: frozenset[Role] = frozenset()
ADMIN = frozenset({Role.ADMIN})
LEADERS = frozenset({Role.ADMIN, Role.SUPERVISOR})
STAFF = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AGENT})
BUILDERS = frozenset({Role.ADMIN, Role.INSTALLER})
FLOOR = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AGENT, Role.INSTALLER})
TECHNICAL = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.INSTALLER})
EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Rule:
    """One address.  handler: "file.function" under webui/pages.  roles empty: open to those not signed in.

    alive: long-lived requests (event streams), which do not renew the session by themselves.
    """

    method: str
    path: str
    handler: str
    roles: frozenset[Role]
    alive: bool = False

    @property
    def open(self) -> bool:
        return not self.roles


def _get(path: str, handler: str, roles: frozenset[Role], alive: bool = False) -> Rule:
    return Rule("GET", path, handler, roles, alive)


def _post(path: str, handler: str, roles: frozenset[Role]) -> Rule:
    return Rule("POST", path, handler, roles)


# The pieces of the settings that have a form of the same kind.
_PIECE = "<piece:re:(?:centre|lines|phones|numbering|hours|mailboxes|recording|codes|timers)>"

RULES: tuple[Rule, ...] = (
    _get("/signin", "signin.form", NOBODY_SIGNED_IN),
    _post("/signin", "signin.enter", NOBODY_SIGNED_IN),
    _get("/static/<path:path>", "files.static", NOBODY_SIGNED_IN),
    _get("/texts/<language>.js", "files.texts", NOBODY_SIGNED_IN),
    _get("/healthz", "files.health", NOBODY_SIGNED_IN),
    _post("/signout", "signin.leave", EVERYONE),
    _get("/password", "signin.password_form", EVERYONE),
    _post("/password", "signin.password_change", EVERYONE),
    _post("/language", "signin.language", EVERYONE),
    _get("/", "board.home", EVERYONE),
    _get("/board", "board.page", FLOOR),
    _get("/events", "board.events", FLOOR, alive=True),
    _get("/calls", "calls.search", STAFF | {Role.MERCHANT, Role.INSTALLER}),
    _get("/calls.csv", "calls.export", LEADERS | {Role.MERCHANT}),
    _get("/calls/<call:int>", "calls.one", STAFF | {Role.MERCHANT, Role.INSTALLER}),
    _post("/calls/<call:int>/hangup", "calls.hang_up", LEADERS),
    _get("/recordings/<recording:int>/play.wav", "recordings.play", STAFF | {Role.MERCHANT}),
    _get("/recordings/<recording:int>/original.wav", "recordings.original", LEADERS | {Role.MERCHANT}),
    _get("/recordings/<recording:int>/peaks.json", "recordings.peaks", STAFF | {Role.MERCHANT}),
    _get("/figures", "figures.page", STAFF),
    _get("/voicemail", "voicemail.page", STAFF),
    _get("/voicemail/<message:int>/play.wav", "voicemail.play", STAFF),
    _get("/voicemail/<message:int>/peaks.json", "voicemail.peaks", STAFF),
    _post("/voicemail/<message:int>/heard", "voicemail.heard", STAFF),
    _post("/voicemail/<message:int>/remove", "voicemail.remove", LEADERS),
    _get("/agents", "agents.page", LEADERS),
    _get("/agents/<key>", "agents.one", LEADERS),
    _post("/agents/<key>", "agents.save", ADMIN),
    _post("/agents/<key>/remove", "agents.remove", ADMIN),
    _post("/agents/<number:int>/pin", "agents.pin", ADMIN),
    _post("/agents/<number:int>/state", "agents.state", LEADERS),
    _get("/queues", "queues.page", LEADERS),
    _get("/queues/<key>", "queues.one", LEADERS),
    _post("/queues/<key>", "queues.save", ADMIN),
    _post("/queues/<key>/remove", "queues.remove", ADMIN),
    _get("/settings", "settings.index", BUILDERS),
    _get("/settings/flows", "flows.index", BUILDERS),
    _post("/settings/flows", "flows.add", BUILDERS),
    _get("/settings/flows/<flow>", "flows.one", BUILDERS),
    _post("/settings/flows/<flow>", "flows.change", BUILDERS),
    _post("/settings/flows/<flow>/remove", "flows.remove", BUILDERS),
    _post("/settings/flows/<flow>/nodes", "flows.add_node", BUILDERS),
    _post("/settings/flows/<flow>/nodes/<node>", "flows.save_node", BUILDERS),
    _post("/settings/flows/<flow>/nodes/<node>/remove", "flows.remove_node", BUILDERS),
    _get("/settings/file", "settings_file.page", BUILDERS),
    _get("/settings/file.toml", "settings_file.download", BUILDERS),
    _post("/settings/file", "settings_file.upload", BUILDERS),
    _get("/settings/history", "settings_file.history", BUILDERS),
    _get("/settings/history/compare", "settings_file.compare", BUILDERS),
    _post("/settings/history/<revision:int>/restore", "settings_file.restore", ADMIN),
    _get("/settings/prompts", "prompts.page", BUILDERS),
    _post("/settings/prompts", "prompts.upload", BUILDERS),
    _get("/settings/prompts/<name>/play.wav", "prompts.play", BUILDERS),
    _get("/settings/prompts/<name>/peaks.json", "prompts.peaks", BUILDERS),
    _post("/settings/prompts/<name>/remove", "prompts.remove", BUILDERS),
    _get(f"/settings/{_PIECE}", "settings.piece", BUILDERS),
    _post(f"/settings/{_PIECE}", "settings.save_whole", BUILDERS),
    _get(f"/settings/{_PIECE}/<key>", "settings.member", BUILDERS),
    _post(f"/settings/{_PIECE}/<key>", "settings.save_member", BUILDERS),
    _post(f"/settings/{_PIECE}/<key>/remove", "settings.remove", BUILDERS),
    _post("/settings/mailboxes/<number:int>/pin", "settings.mailbox_pin", ADMIN),
    _get("/users", "users.page", ADMIN),
    _post("/users", "users.add", ADMIN),
    _post("/users/<name>/change", "users.change", ADMIN),
    _post("/users/<name>/remove", "users.remove", ADMIN),
    _get("/system", "system.page", TECHNICAL),
    _get("/system/audit", "system.audit", ADMIN),
    _post("/system/backup", "system.make_backup", ADMIN),
    _get("/system/backup/<name>", "system.backup", ADMIN),
    _get("/system/backup/<name>/compare", "system.compare_backup", ADMIN),
    _get("/system/passport.pdf", "system.passport", BUILDERS),
    _post("/system/line", "system.block_line", TECHNICAL),
    _get("/system/hardware", "hardware.page", TECHNICAL),
    _get("/system/hardware/state.json", "hardware.state", TECHNICAL),
    _post("/system/hardware/test", "hardware.test", BUILDERS),
    _get("/bench", "bench.page", FLOOR),
    _get("/bench/phone/<extension:re:[0-9]{1,20}>", "bench.phone", FLOOR),
    _get("/bench/outside/<number:re:[0-9]{1,20}>", "bench.outside", FLOOR),
    _get("/bench/state.json", "bench.state", FLOOR),
    _post("/bench/act", "bench.act", FLOOR),
)
