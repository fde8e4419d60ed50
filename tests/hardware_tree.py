# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Made-up machines: a /sys, /proc and /etc with the cards a test wants.

The shapes are those of Linux 6.1's sysfs (PCI and USB devices as seen on real machines) and of DAHDI 2.11.1 as it shows
itself in the kernel bench (spans, channels, modules); a real card's span hangs under its PCI device instead of under
`dynamic:loc:0`, as dahdi-sysfs.c registers it.
"""

from __future__ import annotations

from pathlib import Path

KERNEL = "6.12.48+deb13-amd64"
FXO_CAN, FXS_CAN = "FXSLS FXSKS Clear SF (ToneOnly)", "FXOLS FXOGS FXOKS E&M Clear SF (ToneOnly)"
E1_CAN = "FXSLS FXSGS FXSKS FXOLS FXOGS FXOKS Clear CAS E&M-E1"
A400P = ("e159", "0001", "b100", "0003")
A1200P = ("e159", "0001", "9100", "0003")
AEX410 = ("d161", "8006", "d161", "0000")
TE420 = ("d161", "0420", "0004", "0000")


class Tree:
    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: list[str] = []
        self.write("/proc/sys/kernel/osrelease", KERNEL)
        for folder in ("sys/bus/pci/devices", "sys/bus/usb/devices", "etc"):
            (root / folder).mkdir(parents=True)

    def write(self, place: str, text: str) -> Path:
        path = self.root / place.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
        return path

    def pci(
        self, ids: tuple[str, str, str, str], driver: str = "", place: str = "0000:03:02.0", irq: int = 17
    ) -> None:
        device = f"/sys/devices/pci0000:00/{place}"
        names = ("vendor", "device", "subsystem_vendor", "subsystem_device")
        for name, value in zip(names, ids, strict=True):
            self.write(f"{device}/{name}", f"0x{value}")
        self.write(f"{device}/irq", str(irq))
        self._link(f"/sys/bus/pci/devices/{place}", device)
        if driver:
            self.write(f"/sys/module/{driver}/initstate", "live")
            self._link(f"/sys/bus/pci/drivers/{driver}/module", f"/sys/module/{driver}")
            self._link(f"{device}/driver", f"/sys/bus/pci/drivers/{driver}")

    def usb(self, vendor: str, product: str, driver: str = "", place: str = "1-2") -> None:
        device = f"/sys/devices/pci0000:00/0000:00:14.0/usb1/{place}"
        told = {"idVendor": vendor, "idProduct": product, "product": "Astribank", "serial": "0183"}
        for name, value in told.items():
            self.write(f"{device}/{name}", value)
        self._link(f"/sys/bus/usb/devices/{place}", device)
        self.write(f"{device}/{place}:1.0/bInterfaceNumber", "00")
        self._link(f"/sys/bus/usb/devices/{place}:1.0", f"{device}/{place}:1.0")
        if driver:
            self.write(f"/sys/bus/usb/drivers/{driver}/uevent", "")
            self._link(f"{device}/{place}:1.0/driver", f"/sys/bus/usb/drivers/{driver}")

    def runs(self, name: str, version: str = "", **options: str) -> None:
        self._modules.append(f"{name} 40960 1 - Live 0xffffffffc0a00000 (OE)")
        self.write("/proc/modules", "\n".join(self._modules))
        if version:
            self.write(f"/sys/module/{name}/version", version)
        for option, value in options.items():
            self.write(f"/sys/module/{name}/parameters/{option}", value)

    def dahdi(self, version: str = "3.4.0") -> None:
        self.runs("dahdi", version, auto_assign_spans="1")
        self.write("/dev/dahdi/ctl", "")

    def has_installed(self, *names: str) -> None:
        lines = (f"updates/dkms/{name}.ko.xz: kernel/lib/crc-ccitt.ko.xz" for name in names)
        self.write(f"/lib/modules/{KERNEL}/modules.dep", "\n".join(lines))

    def interrupts(self, *lines: str) -> None:
        self.write("/proc/interrupts", "\n".join(("            CPU0       CPU1", *lines)))

    def span(
        self,
        number: int,
        name: str,
        channels: list[tuple[str, str]],
        *,
        base: int = 1,
        place: str = "0000:03:02.0",
        e1: bool = False,
        alarms: int = 0,
        counters: str = "",
    ) -> None:
        """channels: (what each could be, what it is), as sysfs writes them."""
        device = f"/sys/devices/pci0000:00/{place}/pci:{place}"
        first = not (self.root / device.lstrip("/")).exists()
        self.write(f"{device}/hardware_id", "")
        self.write(f"{device}/manufacturer", "OpenVox")
        self.write(f"{device}/type", name)
        self.write(f"{device}/location", "PCI Bus 03 Slot 03")
        self.write(f"{device}/span_count", "1")
        if first:
            self._link(f"/sys/bus/dahdi_devices/devices/pci:{place}", device)
        folder = f"{device}/span-{number}"
        told = {
            "name": name, "desc": f"{name} Board 1", "spantype": "E1" if e1 else "FXS/FXO", "basechan": str(base),
            "channels": str(len(channels)), "is_digital": str(int(e1)), "is_sync_master": str(int(number == 1)),
            "syncsrc": "0", "lineconfig": "", "linecompat": "AMI CCS HDB3 CRC4" if e1 else "", "alarms": hex(alarms),
        }  # fmt: skip
        for attribute, value in told.items():
            self.write(f"{folder}/{attribute}", value)
        self._link(f"/sys/bus/dahdi_spans/devices/span-{number}", folder)
        for position, (can, now) in enumerate(channels, 1):
            self._channel(folder, number, position, base + position - 1, can, now)
        self.write(f"/proc/dahdi/{number}", f'Span {number}: {name} "{name} Board 1" \n{counters}')

    def _channel(self, folder: str, span: int, position: int, number: int, can: str, now: str) -> None:
        name = f"dahdi!chan!{span:03}!{position:03}"
        told = {
            "channo": str(number), "chanpos": str(position), "name": f"X/{number}", "sig": now, "sigcap": can,
            "alarms": "", "ec_factory": "MG2", "ec_state": "INACTIVE", "in_use": "0",
        }  # fmt: skip
        for attribute, value in told.items():
            self.write(f"{folder}/{name}/{attribute}", value)
        self._link(f"/sys/bus/dahdi_channels/devices/{name}", f"{folder}/{name}")

    def _link(self, place: str, target: str) -> None:
        path = self.root / place.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(self.root / target.lstrip("/"))


def an_a400p(tree: Tree, signalled: bool = True) -> None:
    """Two lines to the exchange, two telephones, driven and (where wanted) configured."""
    tree.dahdi()
    tree.pci(A400P, "wctdm")
    tree.runs("wctdm", opermode="FCC", alawoverride="0", fxshonormode="0", boostringer="0", fwringdetect="0")
    lines = [(FXO_CAN, "FXSKS" if signalled else "")] * 2
    telephones = [(FXS_CAN, "FXOKS" if signalled else "")] * 2
    tree.span(1, "WCTDM/0", [*lines, *telephones])


def an_e1_card(tree: Tree) -> None:
    """A card with two E1 spans of 31 timeslots, the second without its cable."""
    tree.dahdi()
    tree.pci(TE420, "wct4xxp")
    tree.runs("wct4xxp", default_linemode="auto")
    counters = "\tBPV count: 12\n\tCRC4 error count: 3\n\tTiming slips: 7\n"
    for number in (1, 2):
        base = 31 * (number - 1) + 1
        slots = [(E1_CAN, "")] * 31
        alarms, said = (0, counters) if number == 1 else (8, "")
        tree.span(number, f"TE4/0/{number}", slots, base=base, e1=True, alarms=alarms, counters=said)
