// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// Runs on the browser's audio thread: 8 kHz frames of the telephone to and from the sound card's rate.

const RATE_HZ = 8000;
const FRAME_SAMPLES = 160;
const PRIMED_SAMPLES = 480; // 60 ms ahead, so that a late frame is not heard
const MOST_SAMPLES = 1600; // more than 200 ms behind: go on with what is new
const LOBES = 8;

/** Takes samples at one rate and gives them at another, through a windowed sinc that keeps out what the lower rate can't carry. */
class Resampler {
  constructor(from, to) {
    this.step = from / to;
    this.cut = Math.min(1, to / from) * 0.94;
    this.reach = Math.ceil(LOBES / this.cut);
    this.samples = new Array(2 * this.reach).fill(0);
    this.at = this.reach;
  }

  push(sample) {
    this.samples.push(sample);
  }

  get ready() {
    return this.at + this.reach < this.samples.length;
  }

  /** The next sample; only when `ready`. */
  next() {
    const first = Math.floor(this.at) - this.reach + 1;
    let sum = 0;
    for (let index = first; index < first + 2 * this.reach; index++) {
      const distance = this.at - index;
      const x = Math.PI * distance * this.cut;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / (this.reach + 1));
      sum += (this.samples[index] ?? 0) * sinc * window;
    }
    this.at += this.step;
    const done = Math.floor(this.at) - this.reach;
    if (done > 512) {
      this.samples.splice(0, done);
      this.at -= done;
    }
    return sum * this.cut;
  }
}

class Telephone extends AudioWorkletProcessor {
  #heard = []; // at 8 kHz, waiting to be played
  #primed = false;
  #speaking = false;
  #out = new Resampler(RATE_HZ, sampleRate);
  #in = new Resampler(sampleRate, RATE_HZ);
  #frame = new Int16Array(FRAME_SAMPLES);
  #filled = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if ("speaking" in data) this.#speaking = data.speaking;
      if (data.frame) for (const sample of data.frame) this.#heard.push(sample / 32768);
      if (this.#heard.length > MOST_SAMPLES) this.#heard.splice(0, this.#heard.length - PRIMED_SAMPLES);
      if (this.#heard.length >= PRIMED_SAMPLES) this.#primed = true;
    };
  }

  process([[said]], [[heard]]) {
    for (let index = 0; index < heard.length; index++) {
      while (!this.#out.ready) this.#out.push(this.#pull());
      heard[index] = this.#out.next();
    }
    if (this.#speaking && said) for (const sample of said) this.#say(sample);
    return true;
  }

  #pull() {
    if (!this.#heard.length) this.#primed = false;
    return this.#primed ? this.#heard.shift() : 0;
  }

  #say(sample) {
    this.#in.push(sample);
    while (this.#in.ready) {
      this.#frame[this.#filled++] = Math.max(-32768, Math.min(32767, Math.round(this.#in.next() * 32767)));
      if (this.#filled === FRAME_SAMPLES) {
        this.port.postMessage(this.#frame.slice());
        this.#filled = 0;
      }
    }
  }
}

registerProcessor("telephone", Telephone);
