# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of what happened beside calls: who commanded what, alarms, and how long each agent was in each
state."""

from __future__ import annotations

import sqlite3

from firmware.exchange.commands import Actor
from firmware.exchange.vocabulary import AgentReport, AlarmReport, Instant
from firmware.store.calls import elapsed_ms


def add_audit(
    db: sqlite3.Connection, actor: Actor, action: str, allowed: bool, detail: str, at_ns: int
) -> None:
    db.execute(
        "INSERT INTO audit (at_ns, kind, name, role, action, allowed, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (at_ns, actor.kind, actor.name, actor.role, action, allowed, detail),
    )


def add_alarm(db: sqlite3.Connection, alarm: AlarmReport) -> None:
    db.execute(
        "INSERT INTO alarms (at_ns, what, port, detail) VALUES (?, ?, ?, ?)",
        (alarm.at.civil_ns, alarm.what, alarm.port, alarm.detail),
    )


def note_agent(db: sqlite3.Connection, report: AgentReport) -> None:
    """Keep an agent's state with its beginning; the former one gets its length.  The same state again changes
    nothing."""
    last = db.execute(
        "SELECT id, state, began_ns, began_mono_ns FROM agent_states WHERE agent = ? AND duration_ms IS NULL",
        (report.agent,),
    ).fetchone()
    if last is not None:
        if last[1] == report.state and last[2] == report.since.civil_ns:
            return
        lasted_ms = elapsed_ms(Instant(last[3], last[2]), report.since)
        db.execute("UPDATE agent_states SET duration_ms = ? WHERE id = ?", (lasted_ms, last[0]))
    db.execute(
        "INSERT INTO agent_states (agent, state, extension, call, pause_code, began_ns, began_mono_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            report.agent,
            report.state,
            report.extension,
            report.call,
            report.pause_code,
            report.since.civil_ns,
            report.since.mono_ns,
        ),
    )
