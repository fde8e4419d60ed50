# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""`python -m firmware.cli` is `switchroom`."""

from firmware.cli.main import main

raise SystemExit(main())
