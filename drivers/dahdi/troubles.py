# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What went wrong with a card, in words that name span and channel and say what to do."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections.abc import Sequence
from pathlib import Path

from drivers.dahdi.binding import lib
from drivers.dahdi.kernel import DEVICES, Channel, ChannelParams
from drivers.dahdi.signalling import WANTED_SIGNALLING, signalling_name
from drivers.port import CardAct, CardError, PortKind

CONFIGURE = "see /etc/dahdi/system.conf, then run dahdi_cfg"
PROC = Path("/proc")
USUAL_GROUP = "dialout"  # lib/udev/rules.d/60-dahdi-linux.rules of Debian's dahdi-linux


def refused(number: int | None, text: str) -> CardError:
    """A CardError whose text is `text` alone."""
    error = CardError(text)
    error.errno = number
    return error


def no_control(error: OSError, devices: Path = DEVICES, modules: Path = PROC / "modules") -> CardError:
    """The control device can't be opened, so there is no DAHDI for us."""
    control = devices / "ctl"
    if error.errno == errno.EACCES:
        return refused(errno.EACCES, _no_rights(control))
    if _loaded(modules):
        advice = f"the module dahdi is loaded, but {control} is not there: is udev running?"
    else:
        advice = "load the card's driver (modprobe dahdi, then the one named by dahdi_hardware)"
    return refused(error.errno or errno.ENODEV, f"no DAHDI: {control}: {error.strerror}; {advice}")


def none_configured(devices: Path = DEVICES, others: Sequence[ChannelParams] = ()) -> CardError:
    """others: the channels there are, for something else than analog lines."""
    used = [channel for channel in others if channel.signalling != lib.DAHDI_SIG_NONE]
    if used:
        spans = ", ".join(str(span) for span in sorted({channel.span for channel in used}))
        kinds = ", ".join(sorted({signalling_name(channel.signalling) for channel in used}))
        return refused(
            errno.ENXIO,
            f"span={spans} has {len(used)} channels configured as {kinds}, but only analog channels are driven "
            f"(fxsks towards an exchange, fxoks towards a telephone): a card with such ports is needed",
        )
    return refused(
        errno.ENXIO,
        f"{devices} has no analog channel: is the card's driver loaded, and are its channels in system.conf? "
        f"{CONFIGURE}",
    )


def wrong_signalling(name: str, kind: PortKind, signalling: int) -> CardError:
    """system.conf configures the channel for something else."""
    wanted = WANTED_SIGNALLING[kind]
    if signalling == lib.DAHDI_SIG_NONE:
        return refused(errno.ENXIO, f"{name} is not configured (it needs {wanted}): {CONFIGURE}")
    faces = "an exchange" if kind is PortKind.FXO else "a telephone"
    return refused(
        errno.EINVAL,
        f"{name} is configured as {signalling_name(signalling)}, but the port faces {faces}, which takes "
        f"{wanted}: {CONFIGURE}",
    )


def not_opened(name: str, error: OSError, devices: Path = DEVICES) -> CardError:
    match error.errno:
        case errno.EBUSY:
            why = f"is in use by {', '.join(users_of(devices)) or 'another program'}: end that first"
        case errno.ENXIO:
            why = f"is not configured: {CONFIGURE}"
        case errno.EINVAL | errno.ENODEV:
            why = "is not there: is the card in its place and its driver loaded?"
        case errno.EACCES:
            why = f"can't be opened: {_no_rights(devices / 'channel')}"
        case _:
            why = f"can't be opened: {error.strerror}"
    return refused(error.errno or errno.EIO, f"{name} {why}")


def set_buffers(channel: Channel, name: str, block_samples: int) -> None:
    """Have the channel move audio by blocks of this size.  Raises CardError where the kernel refuses."""
    try:
        channel.set_buffers(block_samples)
    except OSError as error:
        raise refused(
            error.errno,
            f"{name} refuses blocks of {block_samples} samples (DAHDI_SET_BUFINFO: {error.strerror}): "
            f"give --tick-ms another value, 2 to 20; if none is taken, its driver is not one for speech",
        ) from error


def act_refused(name: str, act: CardAct, error: OSError) -> CardError:
    what = f"{name} refuses {type(act).__name__}"
    if error.errno == errno.ENODATA:
        return refused(error.errno, f"{what}: no tone zone is loaded; put loadzone and defaultzone into "
                                      f"/etc/dahdi/system.conf, then run dahdi_cfg")  # fmt: skip
    return refused(error.errno or errno.EIO, f"{what}: {error.strerror}")


def users_of(devices: Path = DEVICES, proc: Path = PROC) -> list[str]:
    """The other programs that have one of DAHDI's channels open, as "asterisk (pid 812)".

    Which channel can't be told for those opened by number through /dev/dahdi/channel.
    """
    folders = sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name))
    return [
        f"{_name_of(folder)} (pid {folder.name})"
        for folder in folders
        if int(folder.name) != os.getpid() and _holds(folder / "fd", devices)
    ]


def _holds(descriptors: Path, devices: Path) -> bool:
    shared = {devices / "ctl", devices / "timer", devices / "pseudo"}
    try:
        targets = [entry.readlink() for entry in descriptors.iterdir()]
    except OSError:
        return False  # it has ended, or is somebody else's
    return any(target.parent == devices and target not in shared for target in targets)


def _name_of(folder: Path) -> str:
    try:
        return (folder / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return "a program that has just ended"


def _no_rights(device: Path) -> str:
    """Whose the device is, who we are, and how to become one who may."""
    me = _user_name(os.geteuid())
    try:
        status = device.stat()
    except OSError:
        return f"user {me} may not open {device}: run the service as root, or as a member of its group"
    group = _group_name(status.st_gid)
    whose = (
        f"user {me} may not open {device}, which belongs to {_user_name(status.st_uid)} and group {group}: "
    )
    if status.st_gid == 0 or not status.st_mode & stat.S_IWGRP:
        return whose + (
            f"let udev give DAHDI's devices to group {USUAL_GROUP} (Debian's package dahdi-linux does), "
            f"and {me} be a member of it"
        )
    return whose + f"usermod -a -G {group} {me}, then start the service anew"


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _loaded(modules: Path) -> bool:
    try:
        return any(line.startswith("dahdi ") for line in modules.read_text("ascii", "replace").splitlines())
    except OSError:
        return False
