// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// The sound of one simulated telephone: what it hears to the loudspeaker, the microphone to what it says.

import { csrf } from "./ask.js";

const RATE_HZ = 8000;
const KEPT_S = 120;
const RETRY_MS = 2000;
// A telephone says what it hears: the loudspeaker's echo is taken out, nothing else is made nicer.
const ASKED = { echoCancellation: true, noiseSuppression: false, autoGainControl: false, channelCount: 1 };

export class Sound {
  state = "off"; // "off", "connecting", "on", "waiting" (for a click, which browsers want before they make a sound)
  trouble = "";
  speaking = false;
  #kept = []; // what was heard last, in frames
  #context = null;
  #node = null;
  #socket = null;
  #input = null;
  #wanted = false;

  constructor(who, port, worklet, changed) {
    this.who = who;
    this.worklet = worklet;
    this.changed = changed;
    this.address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.hostname}:${port}/`;
  }

  get on() {
    return this.#wanted;
  }

  get seconds() {
    return this.#kept.reduce((sum, frame) => sum + frame.length, 0) / RATE_HZ;
  }

  async start() {
    this.#wanted = true;
    this.trouble = "";
    if (!this.#context) {
      this.#context = new AudioContext({ latencyHint: "interactive" });
      this.#context.onstatechange = () => this.#tell();
      await this.#context.audioWorklet.addModule(this.worklet);
      this.#node = new AudioWorkletNode(this.#context, "telephone", { numberOfInputs: 1, outputChannelCount: [1] });
      this.#node.port.onmessage = ({ data }) => this.#said(data);
      this.#node.connect(this.#context.destination);
    }
    this.wake();
    this.#connect();
  }

  stop() {
    this.#wanted = false;
    this.microphone(false);
    this.#socket?.close();
    this.state = "off";
    this.changed();
  }

  /** Browsers keep silent until somebody has clicked: every click on the telephone is an occasion. */
  wake() {
    if (this.#wanted && this.#context?.state === "suspended") this.#context.resume();
  }

  async microphone(on) {
    for (const track of this.#input?.mediaStream.getTracks() ?? []) track.stop();
    this.#input?.disconnect();
    this.#input = null;
    this.speaking = false;
    if (on) {
      try {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: ASKED });
        this.#input = this.#context.createMediaStreamSource(stream);
        this.#input.connect(this.#node);
        this.speaking = true;
        this.trouble = "";
      } catch {
        this.trouble = "bench.no_microphone";
      }
    }
    this.#node?.port.postMessage({ speaking: this.speaking });
    this.changed();
  }

  /** What was heard, as a file. */
  save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([header(this.seconds * RATE_HZ), ...this.#kept], { type: "audio/wav" }));
    link.download = `${this.who.replace(":", "-")}.wav`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  #connect() {
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return;
    this.state = "connecting";
    const socket = (this.#socket = new WebSocket(this.address));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({ csrf, who: this.who }));
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#told(JSON.parse(data)) : this.#heard(new Int16Array(data)));
    socket.onclose = () => {
      if (!this.#wanted) return;
      this.state = "connecting";
      setTimeout(() => this.#wanted && this.#connect(), RETRY_MS);
      this.changed();
    };
    this.changed();
  }

  #told(answer) {
    this.trouble = answer.ok ? "" : `bench.refused_${answer.cause}`;
    if (answer.ok) this.#tell();
    else this.changed();
  }

  #tell() {
    if (!this.#wanted || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.state = this.#context.state === "running" ? "on" : "waiting";
    this.changed();
  }

  #heard(frame) {
    if (this.state === "connecting") this.#tell();
    this.#kept.push(frame.slice());
    if (this.#kept.length > (KEPT_S * RATE_HZ) / 160) this.#kept.shift();
    const level = document.getElementById("level");
    if (level) level.style.transform = `scaleX(${Math.sqrt(frame.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / 32768)})`;
    this.#node.port.postMessage({ frame }, [frame.buffer]);
  }

  #said(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN && this.state !== "connecting") this.#socket.send(frame.buffer);
  }
}

function header(samples) {
  const view = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, 2 * RATE_HZ, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples, true);
  return view.buffer;
}
