// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// A recording as two tracks of waveform: what the line said above, what we said below.  Click, drag or use the keys to seek.

const clock = (seconds) => {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

export function player(element) {
  const canvas = element.querySelector("canvas");
  const seek = element.querySelector("[data-seek]");
  const shown = element.querySelector("[data-clock]");
  const button = element.querySelector("[data-play]");
  const audio = new Audio(`${element.dataset.player}/play.wav`);
  audio.preload = "metadata";
  element.append(audio);
  let peaks = { tracks: [], seconds: NaN };

  const length = () => (Number.isFinite(audio.duration) ? audio.duration : peaks.seconds);
  const draw = () => paint(canvas, peaks, audio.currentTime / length());
  const moved = () => {
    shown.textContent = `${clock(audio.currentTime)} / ${clock(length())}`;
    seek.value = audio.currentTime / length() || 0;
    seek.setAttribute("aria-valuetext", shown.textContent);
    draw();
  };
  const to = (share) => {
    if (Number.isFinite(length())) audio.currentTime = Math.min(Math.max(share, 0), 1) * length();
  };
  const atPointer = (event) => {
    const box = canvas.getBoundingClientRect();
    to((event.clientX - box.left) / box.width);
  };

  button.addEventListener("click", () => (audio.paused ? audio.play() : audio.pause()));
  for (const name of ["play", "pause", "ended"])
    audio.addEventListener(name, () => button.setAttribute("aria-pressed", String(!audio.paused)));
  for (const name of ["timeupdate", "loadedmetadata", "durationchange", "seeked"]) audio.addEventListener(name, moved);
  seek.addEventListener("input", () => to(Number(seek.value)));
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    atPointer(event);
  });
  canvas.addEventListener("pointermove", (event) => event.buttons && atPointer(event));
  for (const skip of element.querySelectorAll("[data-skip]"))
    skip.addEventListener("click", () => (audio.currentTime = Math.max(0, audio.currentTime + Number(skip.dataset.skip))));
  element.querySelector("[data-speed]").addEventListener("change", (event) => (audio.playbackRate = Number(event.target.value)));
  new ResizeObserver(draw).observe(canvas);
  fetch(`${element.dataset.player}/peaks.json`)
    .then((answer) => (answer.ok ? answer.json() : peaks))
    .then((found) => {
      peaks = found;
      element.dataset.ready = String(peaks.tracks.length);
      moved();
    });
}

function paint(canvas, peaks, share) {
  const box = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(box.width * scale));
  canvas.height = Math.max(1, Math.round(box.height * scale));
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  const colours = [style.getPropertyValue("--accent"), style.getPropertyValue("--teal")];
  const count = Math.max(1, peaks.tracks.length);
  const high = canvas.height / count;
  peaks.tracks.forEach((track, index) => {
    const middle = high * (index + 0.5);
    const step = canvas.width / track.length;
    track.forEach((peak, at) => {
      const tall = Math.max(scale, (peak / 255) * high * 0.94);
      pen.globalAlpha = at / track.length <= share ? 1 : 0.45;
      pen.fillStyle = colours[index % 2];
      pen.fillRect(at * step, middle - tall / 2, Math.max(scale * 0.7, step * 0.75), tall);
    });
  });
  pen.globalAlpha = 1;
  if (share > 0) {
    pen.fillStyle = style.getPropertyValue("--bad");
    pen.fillRect(share * canvas.width, 0, scale * 1.5, canvas.height);
  }
}
