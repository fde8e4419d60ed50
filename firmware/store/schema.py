# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The tables, as the migrations that make them say it.  What has left this house is never edited.

Times ending in `_ns` are civil nanoseconds since 1970 (UTC), for calendars; durations in ms come from the
monotonic clock.
"""

CALLS = """
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    call INTEGER NOT NULL,
    direction TEXT NOT NULL,
    line INTEGER NOT NULL,
    caller_number TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    called TEXT NOT NULL,
    began_ns INTEGER NOT NULL,
    answered_ns INTEGER,
    ended_ns INTEGER NOT NULL,
    began_mono_ns INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL,
    cause TEXT NOT NULL,
    released_by TEXT NOT NULL,
    notice INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    queue INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    journal_position INTEGER NOT NULL,
    UNIQUE (call, began_ns)
);
CREATE INDEX calls_began ON calls (began_ns, direction, answered_ns, talk_ms, duration_ms);
CREATE INDEX calls_agent ON calls (agent, began_ns);
CREATE INDEX calls_line ON calls (line, began_ns);
CREATE INDEX calls_queue ON calls (queue, began_ns);
CREATE INDEX calls_direction ON calls (direction, began_ns);
CREATE INDEX calls_cause ON calls (cause, began_ns);
CREATE INDEX calls_duration ON calls (duration_ms);

CREATE TABLE call_records (
    call_id INTEGER PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
    record BLOB NOT NULL
);

CREATE TABLE call_numbers (
    call_id INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    number TEXT NOT NULL,
    reversed TEXT NOT NULL,
    shown TEXT NOT NULL
);
CREATE INDEX call_numbers_call ON call_numbers (call_id);
CREATE INDEX call_numbers_number ON call_numbers (number, call_id);
CREATE INDEX call_numbers_reversed ON call_numbers (reversed, call_id);

CREATE TABLE legs (
    call_id INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    leg INTEGER NOT NULL,
    role TEXT NOT NULL,
    port INTEGER NOT NULL,
    direction TEXT NOT NULL,
    number TEXT NOT NULL,
    extension TEXT NOT NULL,
    began_ns INTEGER NOT NULL,
    answered_ns INTEGER,
    duration_ms INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL,
    hold_ms INTEGER NOT NULL,
    cause TEXT NOT NULL,
    agent INTEGER NOT NULL,
    recording INTEGER NOT NULL,
    PRIMARY KEY (call_id, leg)
) WITHOUT ROWID;
CREATE INDEX legs_agent ON legs (agent, began_ns);
CREATE INDEX legs_extension ON legs (extension, began_ns);
CREATE INDEX legs_began ON legs (began_ns, agent, answered_ns, talk_ms, hold_ms) WHERE agent > 0;

CREATE TABLE queue_visits (
    call_id INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    queue INTEGER NOT NULL,
    entered_ns INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    agent INTEGER NOT NULL,
    position INTEGER NOT NULL
);
CREATE INDEX queue_visits_call ON queue_visits (call_id);
CREATE INDEX queue_visits_entered ON queue_visits (entered_ns, queue, outcome, wait_ms, agent, call_id);
"""

RECORDINGS = """
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY,
    recording INTEGER NOT NULL,
    call INTEGER NOT NULL,
    leg INTEGER NOT NULL,
    port INTEGER NOT NULL,
    file TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'interrupted', 'failed', 'purged')),
    began_ns INTEGER NOT NULL,
    began_mono_ns INTEGER NOT NULL,
    samples INTEGER NOT NULL DEFAULT 0,
    lost_samples INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX recordings_recording ON recordings (recording);
CREATE INDEX recordings_call ON recordings (call);
CREATE INDEX recordings_state ON recordings (state, began_ns);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL,
    call INTEGER NOT NULL,
    recording_id INTEGER REFERENCES recordings (id),
    caller_number TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    began_ns INTEGER NOT NULL,
    offset_ms INTEGER NOT NULL,
    length_ms INTEGER NOT NULL,
    heard_ns INTEGER,
    heard_by TEXT NOT NULL DEFAULT '',
    UNIQUE (call, began_ns)
);
CREATE INDEX messages_mailbox ON messages (mailbox, began_ns);
"""

PEOPLE = """
CREATE TABLE settings_revisions (
    number INTEGER PRIMARY KEY,
    author TEXT NOT NULL,
    at_ns INTEGER NOT NULL,
    comment TEXT NOT NULL,
    settings TEXT NOT NULL
);
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    language TEXT NOT NULL,
    agent INTEGER NOT NULL DEFAULT 0,
    lines TEXT NOT NULL DEFAULT '[]',
    must_change INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    locked_until_ns INTEGER NOT NULL DEFAULT 0,
    changed_ns INTEGER NOT NULL
);
CREATE TABLE credentials (
    subject TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    locked_until_ns INTEGER NOT NULL DEFAULT 0,
    changed_ns INTEGER NOT NULL
);
"""

EVENTS = """
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    allowed INTEGER NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at_ns);
CREATE INDEX audit_name ON audit (name, at_ns);
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    what TEXT NOT NULL,
    port INTEGER NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX alarms_at ON alarms (at_ns);
CREATE TABLE agent_states (
    id INTEGER PRIMARY KEY,
    agent INTEGER NOT NULL,
    state TEXT NOT NULL,
    extension TEXT NOT NULL,
    call INTEGER NOT NULL,
    pause_code INTEGER NOT NULL,
    began_ns INTEGER NOT NULL,
    began_mono_ns INTEGER NOT NULL,
    duration_ms INTEGER
);
CREATE INDEX agent_states_agent ON agent_states (agent, began_ns);
CREATE INDEX agent_states_began ON agent_states (began_ns);
CREATE INDEX agent_states_call ON agent_states (call) WHERE state = 'wrap_up';
CREATE INDEX agent_states_open ON agent_states (agent) WHERE duration_ms IS NULL;
CREATE TABLE prompts (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    file TEXT NOT NULL,
    samples INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ns INTEGER NOT NULL
);
"""
