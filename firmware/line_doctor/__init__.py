# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The line doctor: what the box's own ports find out about its lines and phones, and what follows for their profiles.

    findings    what was measured, as plain data
    measuring   one measurement at a time, on ports the exchange has lent (`firmware.shell.lending`)
    proposal    profiles from findings: a function of data
    questions   what no card can measure, and is asked
    passport    the page that stays with the box

The service measures, by the verbs of `firmware.verbs.lines`; whoever asks for it (`switchroom doctor lines`) goes from
line to line, asks, proposes and writes.  docs/decisions/0014 says why.
"""
