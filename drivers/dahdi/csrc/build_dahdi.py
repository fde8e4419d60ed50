# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Builds drivers.dahdi._dahdi against dahdi/user.h; every number below is taken from that header by the compiler.

The header comes with Debian's package dahdi-source.  Where that is not installed, .ci/prepare unpacks the header alone
into the cache.
"""

from __future__ import annotations

import os
from pathlib import Path

from cffi import FFI

SYSTEM = Path("/usr/include")


def include_folder() -> Path | None:
    """Where dahdi/user.h is, or None."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for folder in (SYSTEM, cache / "switchroom/dahdi-header/usr/include"):
        if (folder / "dahdi/user.h").is_file():
            return folder
    return None


NUMBERS = [
    "DAHDI_ALARM_BLUE",
    "DAHDI_ALARM_LFA",
    "DAHDI_ALARM_LMFA",
    "DAHDI_ALARM_LOOPBACK",
    "DAHDI_ALARM_LOS",
    "DAHDI_ALARM_NOTOPEN",
    "DAHDI_ALARM_RECOVER",
    "DAHDI_ALARM_RED",
    "DAHDI_ALARM_YELLOW",
    "DAHDI_CHANNO",
    "DAHDI_DYNAMIC_CREATE",
    "DAHDI_DYNAMIC_DESTROY",
    "DAHDI_ECHOCANCEL_PARAMS",
    "DAHDI_FLUSH",
    "DAHDI_GETEVENT",
    "DAHDI_GET_BUFINFO",
    "DAHDI_GETRXBITS",
    "DAHDI_SETTXBITS",
    "DAHDI_EVENT_BITSCHANGED",
    "DAHDI_GET_PARAMS",
    "DAHDI_GETVERSION",
    "DAHDI_HOOK",
    "DAHDI_SETCADENCE",
    "DAHDI_SETLAW",
    "DAHDI_SETLINEAR",
    "DAHDI_SETPOLARITY",
    "DAHDI_SET_BUFINFO",
    "DAHDI_SET_PARAMS",
    "DAHDI_SPANSTAT",
    "DAHDI_SPECIFY",
    "DAHDI_EVENT_ALARM",
    "DAHDI_EVENT_HOOKCOMPLETE",
    "DAHDI_EVENT_NOALARM",
    "DAHDI_EVENT_NONE",
    "DAHDI_EVENT_ONHOOK",
    "DAHDI_EVENT_POLARITY",
    "DAHDI_EVENT_PULSEDIGIT",
    "DAHDI_EVENT_PULSE_START",
    "DAHDI_EVENT_REMOVED",
    "DAHDI_EVENT_RINGBEGIN",
    "DAHDI_EVENT_RINGEROFF",
    "DAHDI_EVENT_RINGERON",
    "DAHDI_EVENT_RINGOFFHOOK",
    "DAHDI_EVENT_WINKFLASH",
    "DAHDI_FLASH",
    "DAHDI_OFFHOOK",
    "DAHDI_ONHOOK",
    "DAHDI_RING",
    "DAHDI_RINGOFF",
    "DAHDI_FLUSH_ALL",
    "DAHDI_FLUSH_BOTH",
    "DAHDI_LAW_ALAW",
    "DAHDI_LAW_MULAW",
    "DAHDI_MAX_CADENCE",
    "DAHDI_MAX_CHANNELS",
    "DAHDI_MAX_EVENTSIZE",
    "DAHDI_MAX_SPANS",
    "DAHDI_POLICY_IMMEDIATE",
    "DAHDI_SIG_CAS",
    "DAHDI_SIG_CLEAR",
    "DAHDI_SIG_EM",
    "DAHDI_SIG_EM_E1",
    "DAHDI_SIG_FXOGS",
    "DAHDI_SIG_FXOKS",
    "DAHDI_SIG_FXOLS",
    "DAHDI_SIG_FXSGS",
    "DAHDI_SIG_FXSKS",
    "DAHDI_SIG_FXSLS",
    "DAHDI_SIG_HARDHDLC",
    "DAHDI_SIG_HDLCFCS",
    "DAHDI_SIG_NONE",
    "ELAST",
]

STRUCTURES = """
struct dahdi_params {
    int channo, spanno, chanpos, sigtype, sigcap, rxisoffhook, rxbits, txbits, txhooksig, rxhooksig, curlaw, idlebits;
    char name[40];
    int flashtime, rxflashtime, debouncetime;
    uint32_t chan_alarms;
    ...;
};
struct dahdi_bufferinfo { int txbufpolicy, rxbufpolicy, numbufs, bufsize; ...; };
struct dahdi_ring_cadence { int ringcadence[...]; ...; };
struct dahdi_echocanparams { uint32_t tap_length, param_count; ...; };
struct dahdi_versioninfo { char version[80], echo_canceller[80]; ...; };
struct dahdi_dynamic_span { char driver[20], addr[40]; int numchans, timing, spanno; ...; };
struct dahdi_spaninfo {
    int spanno;
    char name[20], desc[40];
    int alarms, bpvcount, crc4count, ebitcount, fascount, irqmisses, syncsrc, numchans, totalchans, totalspans;
    int lineconfig;
    char location[40], manufacturer[40], devicetype[40];
    int irq;
    char spantype[6];
    ...;
};
"""

DECLARATIONS = """
/* ioctl: its result, or -errno. */
int dahdi_control(int descriptor, unsigned long request, void *argument);
"""

SOURCE = """
#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <dahdi/user.h>

static int dahdi_control(int descriptor, unsigned long request, void *argument)
{
    int result = ioctl(descriptor, request, argument);
    return result < 0 ? -errno : result;
}
"""

ffibuilder = FFI()
ffibuilder.cdef("\n".join(f"#define {name} ..." for name in NUMBERS) + STRUCTURES + DECLARATIONS)
ffibuilder.set_source(
    "drivers.dahdi._dahdi",
    SOURCE,
    include_dirs=[str(folder)] if (folder := include_folder()) not in (None, SYSTEM) else [],
    extra_compile_args=["-std=gnu11", "-O2"],
)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
