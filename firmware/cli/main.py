# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the arguments, runs one command, and turns what may go wrong into a sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from firmware.cli import box, hardware, live, records, settings, simulate, sounds
from firmware.cli.command import AWAY, DONE, WRONG, Context, Failed
from firmware.client import ClientError, Unreachable
from firmware.errors import StoreError, SwitchroomError
from firmware.store.reader import NotAllowed

GROUPS = (live, records, settings, sounds, simulate, box, hardware)
# What the exchange says in one word, for a person at a terminal.
CAUSES = {
    "unknown_agent": "there is no such agent; `switchroom agents` lists them",
    "unknown_queue": "the agent has no such queue; `switchroom agents` lists them",
    "not_logged_in": "the agent isn't logged in; `switchroom agents log-in AGENT EXTENSION` does it",
    "seat_taken": "another agent is logged in at that phone; `switchroom agents` tells who",
    "vacant": "there is no such phone or line; `switchroom status` lists them",
    "already": "it is so already",
}


def main(arguments: Sequence[str] | None = None, out: TextIO = sys.stdout) -> int:
    """Run one command; the exit code."""
    options = parser().parse_args(arguments)
    context = Context(options, out)
    try:
        code: int = options.run(context)
    except Failed as failed:
        return _end(str(failed), failed.code)
    except ClientError as refused:
        faults = "".join(
            f"\n  {fault['path'] or 'settings'}: {fault['message']['en']}" for fault in refused.faults
        )
        return _end(f"refused: {_refusal(refused)}{faults}", WRONG)
    except Unreachable as away:
        return _end(f"the service can't be reached at {away}; is switchroomd running?", AWAY)
    except StoreError as error:
        return _end(str(error), AWAY)
    except (SwitchroomError, NotAllowed) as error:
        return _end(str(error), WRONG)
    except BrokenPipeError:
        # The reader of our output (head, less) has had enough; Python's own last flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return DONE
    finally:
        context.close()
    return code


def parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="JSON instead of text")
    _place(
        shared, data=argparse.SUPPRESS, socket=argparse.SUPPRESS
    )  # behind the command as well as before it
    top = argparse.ArgumentParser(prog="switchroom", description="The command line of a Switchroom.")
    _place(top, data=Path(os.environ.get("SWITCHROOM_DATA", "var")), socket=None)
    commands = top.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add_to(commands, shared)
    return top


def _refusal(refused: ClientError) -> str:
    told = CAUSES.get(refused.cause, refused.cause)
    return f"{told}: {refused.detail}" if refused.detail else told


def _place(parser: argparse.ArgumentParser, data: Path | str, socket: str | None) -> None:
    """Where the box is, with what holds where nothing is said."""
    parser.add_argument("--data", type=Path, default=data, help="the data folder")
    parser.add_argument(
        "--socket", type=Path, default=socket, help="the service's socket, where it isn't in the data folder"
    )


def _end(message: str, code: int) -> int:
    sys.stderr.write(f"switchroom: {message}\n")
    return code
