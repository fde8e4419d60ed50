# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The web server: cheroot in front of the application."""

from __future__ import annotations

import logging
from pathlib import Path

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from webui.app import UPLOAD_BYTES_MAX, build
from webui.site import Site

# An event stream holds its thread for as long as a page is open, and cheroot's pool does not grow by itself.
THREADS = 96
HEADER_BYTES_MAX = 32_768

log = logging.getLogger(__name__)


class Server(wsgi.Server):
    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Connections that break are daily bread and only worth a debug line; the rest is logged as it is."""
        broken = "Broken pipe" in msg or "reset by peer" in msg
        log.log(logging.DEBUG if broken else level, "%s", msg.strip(), exc_info=traceback and not broken)


def make(
    site: Site, host: str, port: int, certificate: Path | None = None, key: Path | None = None
) -> Server:
    server = Server((host, port), build(site), numthreads=THREADS, request_queue_size=64, timeout=20)
    server.max_request_header_size = HEADER_BYTES_MAX
    server.max_request_body_size = UPLOAD_BYTES_MAX
    server.shutdown_timeout = 1
    server.server_name = "Switchroom"
    server.software = "Switchroom"
    if certificate and key:
        server.ssl_adapter = BuiltinSSLAdapter(str(certificate), str(key))
    return server
