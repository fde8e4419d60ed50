# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Sound between a browser and a simulated telephone, over a Unix socket of its own.

The protocol, for whoever bridges it to a browser:

1. The client connects and sends one line of JSON, at most 1,000 bytes, ended by a newline:
   `{"join": "phone:801"}` (the desk phone of that extension) or `{"join": "outside:13800138000"}` (the
   outside telephone of that number).
2. The service answers with one line of JSON: `{"ok": true, "rate_hz": 8000, "frame_samples": 160}`, or
   `{"ok": false, "cause": "vacant", "detail": "..."}` and closes.  Causes: "vacant" (no such telephone),
   "busy" (somebody else has joined it), "not_allowed" (not a simulated card), "garbage" (not understood).
3. From then on both sides send frames: a length in bytes as a 16-bit big-endian number, then that many bytes
   of 16-bit little-endian mono samples at 8 kHz.  A frame is normally 320 bytes (20 ms), at most 3,200, never
   odd.  The service sends a frame every 20 ms, silence included, so the client needs no clock.  A client may
   send frames when it likes; what comes more than 200 ms early is dropped, and what is missing is silence.
   A frame of length 0 is a keep-alive and means nothing.
4. Either side closes to end; the telephone stays as it is (lifted or not).  Lifting, dialling and hanging up
   are commands on the control socket, not here.

One client plays one telephone; a telephone has one client at a time.
"""
