# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The Unix socket: every change to the box goes through it, and everybody learns here what happened.

It speaks lines of JSON, one object a line, UTF-8, at most 1 MiB each.  A client may have many requests under way on
one connection; each is answered once, by its `id`, in any order.

    -> {"id": 1, "do": "pause", "actor": {"kind": "web", "name": "li", "role": "agent"}, "agent": 101, "pause_code": 2}
    <- {"id": 1, "ok": true}
    <- {"id": 1, "ok": false, "cause": "not_allowed", "detail": "..."}

id: a number or a string of the client's choosing.  actor: who asks (`vocabulary.Actor`); kind "web", "api" or "cli";
role "admin", "supervisor", "agent", "merchant" or "installer".  A reply that acknowledges a change is sent when the
change is on the disk.  The process at the other end is trusted to name its user (the socket's mode is 0660), except
kind "cli", whose name is always the Unix user's.

Commands to the exchange: the classes of `vocabulary.CoreCommand` in snake case with their fields:
log_in{agent, extension} log_out{agent} pause{agent, pause_code} ready{agent} join_queue{agent, queue}
leave_queue{agent, queue} hang_up_call{call} dial_from{extension, digits} block_line{port, blocked}.
Their causes are those of `vocabulary.Cause`.

Causes of this layer: bad_request (no such verb, a field missing or wrong: `detail` says which), not_allowed,
not_found, conflict, faults (settings are wrong: "faults": [{"path", "code", "values", "message": {"en", "zh"}}]),
too_long, unavailable (the store or the bench isn't there), fault (an error of ours, logged).

The other verbs, with what they take -> what they answer beside id and ok (a ? marks what may be left out):

    status                                 -> epoch, seq, service{...}, board{lines, phones, agents, queues, calls, alarms}
    subscribe{epoch?, seq?}                -> epoch, seq; then the stream, below
    unsubscribe                            -> nothing

    settings_show{revision?, form?}        -> revision, settings (form "json", as is usual) or toml (form "toml")
    settings_check{settings | toml}        -> faults [] where right; cause faults where wrong
    settings_apply{settings | toml, comment?, base?} -> revision, changes.  base: the revision the change was made on;
                                              another one in force by now is a conflict
    settings_history{limit?}               -> revisions [{number, author, at_ns, comment}], newest first
    settings_compare{from, to}             -> changes [{path, before, after}]
    settings_restore{revision, comment?}   -> revision (a new one), changes

    prompt_list                            -> prompts [{name, title, ms, author, at_ns, shipped}]
    prompt_upload{name, title?, body_bytes} + body -> name, ms      music is a prompt whose name begins "music."
    prompt_remove{name}                    -> nothing; conflict where the settings use it

    user_list                              -> users [{name, role, language, agent, lines, must_change, locked}]
    user_add{name, role, password, language?, agent?, lines?}
    user_change{name, role?, password?, language?, agent?, lines?}    an admin's password for another must be changed
    user_remove{name}
    sign_in{name, password}                -> user{...}; not_allowed when wrong, locked_out after too many tries
    change_password{name, old, new}        -> nothing
    set_pin{subject, pin}                  -> nothing.  subject "agent:101", "mailbox:1" or a flow's own
    remove_pin{subject}

    message_heard{message, heard?}         -> nothing
    message_remove{message}
    backup{recordings?}                    -> file, bytes (in the data folder's backups/)
    ports                                  -> lines, phones: the ports that are there

Bench (simulated card only), handed to the far ends as they are: bench_status, bench_lift{who}, bench_hang_up{who},
bench_dial{who, digits}, bench_press{who, digits}, bench_flash{who, ms?}, bench_speak{who, ms}; who: "phone:801",
"outside:13800138000".  Elsewhere the cause is unavailable.

A request with "body_bytes": n is followed, after its newline, by exactly n raw bytes (at most 32 MiB).

The stream.  After its reply to `subscribe` a connection gets lines without an id:

    <- {"epoch": 7, "seq": 812, "report": {"kind": "line", "port": 1, "state": "ringing", ...}}
    <- {"epoch": 7, "seq": 812, "resync": {"lines": [...], "phones": [...], ...}}

report: one of `vocabulary.Report` as an object by field name, with kind "line", "phone", "agent", "queue", "call",
"alarm" (also "message", "settings", "prompts" told by this layer).  Each is the whole present state of one thing.  seq counts
up by one; epoch counts the starts of the service.  `subscribe` with the last epoch and seq seen carries on behind them; when
that isn't possible (another epoch, too old, or the client reads too slowly) the stream says `resync` with the whole board
instead, and carries on behind its seq.  Numbers are masked for roles that may not see them (`store.masking`).
A moment is {"mono_ns", "civil_ns"}; a party {"number", "name", "presentation", "extension"}.

A line that isn't JSON or isn't a request is answered with id null and cause bad_request; a line or body that is too
long, likewise, and the connection is closed.
"""
