# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Which device ids the drivers of a DAHDI take, from the id tables of its sources.

    python -m tests.dahdi_ids VERSION FOLDER >>tests/data/dahdi_ids.toml

reads FOLDER, the unpacked sources of a dahdi-dkms package, as far as that package's dkms.conf builds them (with
--all: everything there is).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_TABLE = re.compile(r"pci_device_id\s+\w+\[\]\s*=\s*\{|DEVICE_TABLE\(\w+\)\s*=\s*\{")
_ROW = re.compile(r"\{\s*0x(\w{4}),\s*0x(\w{4}),\s*(PCI_ANY_ID|0x\w{4}),\s*(PCI_ANY_ID|0x\w{4})")
_USB = re.compile(r"USB_DEVICE\(0x(\w{4}),\s*0x(\w{4})\)")


def tables(folder: Path, everything: bool) -> Iterator[tuple[str, list[str]]]:
    """Module and ids, for each module that has a table of them."""
    built = set(re.findall(r'BUILT_MODULE_NAME\S*="?\(?"([^"]+)"', (folder / "dkms.conf").read_text("utf-8")))
    for path in sorted((folder / "drivers/dahdi").rglob("*.c")):
        text = re.sub(
            r"#ifdef TDM_REVH_MATCHALL.*?#endif", "", path.read_text("utf-8", "replace"), flags=re.S
        )
        ids = [":".join(pair).lower() for pair in _USB.findall(text)]
        for begin in _TABLE.finditer(text):
            ids += map(_written, _ROW.findall(text[begin.end() : text.index("};", begin.end())]))
        module = path.parent.name if path.name == "base.c" else path.stem.removesuffix("-base")
        if ids and (everything or module in built):
            yield module, list(dict.fromkeys(ids))


def _written(row: tuple[str, str, str, str]) -> str:
    vendor, device, subvendor, subdevice = (field.removeprefix("0x").lower() for field in row)
    if subvendor == "pci_any_id":
        return f"{vendor}:{device}"
    return f"{vendor}:{device}/{subvendor}" + ("" if subdevice == "pci_any_id" else f":{subdevice}")


def main(version: str, folder: str, *more: str) -> None:
    sys.stdout.write(f'\n["{version}"]\n')
    for module, ids in tables(Path(folder), "--all" in more):
        quoted = ", ".join(f'"{each}"' for each in ids)
        sys.stdout.write(f"{module} = [{quoted}]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
