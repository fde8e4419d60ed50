# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""python -m webui: serves the pages of a box whose service listens on a Unix socket."""

from __future__ import annotations

import argparse
import logging
import signal
import ssl
import sys
import threading
from pathlib import Path

from webui.bench_sound import BenchSound
from webui.server import make
from webui.site import Site

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    tls = bool(options.certificate)
    options.data.mkdir(parents=True, exist_ok=True)
    socket = options.socket or options.data / "switchroom.sock"
    site = Site(socket, options.data, secure=tls or options.behind_tls, behind_front=options.behind_tls)
    sound = BenchSound(site, options.data / "audio.sock", options.host, options.bench_port, _context(options))
    server = make(site, options.host, options.port, options.certificate, options.key)
    try:
        server.prepare()
        sound.start()
    except OSError as error:
        ports = f"{options.host}, ports {options.port} and {options.bench_port}"
        print(f"switchroom: the pages can't be served on {ports}: {error}", file=sys.stderr)
        return 1
    site.bench_port = sound.port
    threading.Thread(target=server.serve, name="pages", daemon=True).start()
    log.info("pages on %s://%s:%s/", "https" if tls else "http", *server.bind_addr)
    _until_told_to_stop()
    site.end_streams()
    sound.close()
    server.stop()
    site.close()
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m webui", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("var"), help="the service's data folder (var)")
    parser.add_argument(
        "--socket", type=Path, help="the service's socket (switchroom.sock in the data folder)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for the whole LAN")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--bench-port", type=int, help="for the sound of the bench (the port after --port)")
    parser.add_argument("--certificate", type=Path, help="PEM file: serve by TLS")
    parser.add_argument("--key", type=Path, help="PEM file with the certificate's key")
    parser.add_argument(
        "--behind-tls", action="store_true", help="a front server speaks TLS: cookies are Secure"
    )
    options = parser.parse_args(arguments)
    if options.bench_port is None:
        options.bench_port = options.port + 1 if options.port else 0
    if bool(options.certificate) != bool(options.key):
        parser.error("--certificate and --key go together")
    return options


def _context(options: argparse.Namespace) -> ssl.SSLContext | None:
    if not options.certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    return context


def _until_told_to_stop() -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(1):  # the kernel may hand a signal to another thread, which wakes nobody here
        pass


if __name__ == "__main__":
    sys.exit(main())
