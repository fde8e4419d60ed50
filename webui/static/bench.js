// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// Simulated telephones: lifted, dialled, flashed and hung up here; one alone on its page has sound as well.

import { html, render } from "./vendor/htm-preact.js";
import { Sound } from "./sound.js";
import { post, texts } from "./ask.js";

const root = document.getElementById("bench");
const { who: alone, pilot, port, worklet } = root.dataset;
const t = await texts();
const POLL_MS = alone ? 300 : 700;
const DIAL_TONE_WAIT_MS = 4000;
const FLASH_MS = 300;
const KEYS = [..."123456789*0#"];

let telephones = [];
let trouble = "";
const typed = {};
const sound = alone && Number(port) ? new Sound(alone, Number(port), worklet, () => show()) : null;

const find = (who) => telephones.find((phone) => phone.who === who);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function act(who, what, fields = {}) {
  sound?.wake();
  try {
    await post("/bench/act", { who, act: what, ...fields });
    trouble = "";
  } catch (error) {
    trouble = error.message;
  }
  await look();
}

/** Keys go out one after the other, in the order in which they were pressed. */
let pressed = Promise.resolve();
const press = (who, key) => (pressed = pressed.then(() => act(who, "press", { digits: key })));

/** Lift, wait for dial tone, dial: what a person does to call a number. */
async function call(who, digits) {
  if (!find(who)?.off_hook) await act(who, "lift");
  for (const end = Date.now() + DIAL_TONE_WAIT_MS; Date.now() < end && !find(who)?.tones.includes("dial"); await pause(150)) await look();
  await act(who, "dial", { digits });
}

async function look() {
  try {
    const answer = await fetch("/bench/state.json", { headers: { Accept: "application/json" } });
    if (answer.status === 401) return window.location.assign("/signin");
    if (!answer.ok) throw new Error(t("error.away"));
    ({ telephones } = await answer.json());
    if (trouble === t("error.away")) trouble = "";
  } catch {
    trouble = t("error.away");
  }
  show();
}

function screen(phone) {
  if (phone.ringing) {
    const from = phone.caller_id;
    return html`<b>${t("bench.ringing")}</b><br />${from ? `${from.number} ${from.name}`.trim() || t("party.unknown") : ""}`;
  }
  if (!phone.off_hook) return html`<span class="muted">${t("bench.on_hook")}</span>`;
  const heard = [...phone.tones.map((tone) => t.word("tone", tone)), ...(phone.speech ? [t("bench.hears_speech")] : [])];
  return html`<b>${t("bench.lifted")}</b><br />${heard.length ? `${t("bench.hears")} ${heard.join(", ")}` : html`<span class="muted">${t("bench.hears_nothing")}</span>`}`;
}

const Pad = ({ phone }) => html`
  <div class="pad" role="group" aria-label=${t("bench.pad")}>
    ${KEYS.map((key) => html`<button type="button" disabled=${!phone.off_hook} onClick=${() => press(phone.who, key)}>${key}</button>`)}
  </div>`;

const Dial = ({ phone }) => html`
  <form class="dial" onSubmit=${(event) => (event.preventDefault(), call(phone.who, typed[phone.who] ?? ""))}>
    <input aria-label=${t("bench.number")} inputmode="tel" placeholder=${phone.kind === "outside" ? pilot : "801"} value=${typed[phone.who] ?? ""} onInput=${(event) => (typed[phone.who] = event.target.value.trim())} />
    <button type="submit">${t("bench.call")}</button>
  </form>`;

const Hooks = ({ phone }) => html`
  <div class="hooks">
    ${phone.off_hook
      ? html`<button type="button" class="down" onClick=${() => act(phone.who, "hang_up")}>${t("bench.hang_up")}</button>`
      : html`<button type="button" class="lift" onClick=${() => act(phone.who, "lift")}>${t(phone.ringing ? "bench.answer" : "bench.lift")}</button>`}
    ${phone.kind === "desk"
      ? html`<button type="button" disabled=${!phone.off_hook} onClick=${() => act(phone.who, "flash", { ms: FLASH_MS })}>${t("bench.flash")}</button>`
      : html`<button type="button" disabled=${phone.off_hook} onClick=${() => call(phone.who, pilot)}>${t("bench.call_centre")}</button>`}
  </div>`;

const Ear = () => html`
  <div class="stack">
    <div class="row">
      <button type="button" id="sound" aria-pressed=${String(sound.on)} onClick=${() => (sound.on ? sound.stop() : sound.start())}>${t(sound.on ? "bench.sound_off" : "bench.sound_on")}</button>
      <button type="button" id="microphone" aria-pressed=${String(sound.speaking)} disabled=${!sound.on} onClick=${() => sound.microphone(!sound.speaking)}>${t(sound.speaking ? "bench.microphone_off" : "bench.microphone_on")}</button>
      <button type="button" id="save" disabled=${!sound.seconds} onClick=${() => sound.save()}>${t("bench.save", { seconds: Math.floor(sound.seconds) })}</button>
    </div>
    <div class="meter" role="img" aria-label=${t("bench.level")}><i id="level"></i></div>
    <p class="muted small" role="status">${sound.trouble ? t(sound.trouble) : t({ off: "bench.sound_off_state", connecting: "bench.sound_connecting", waiting: "bench.sound_waiting", on: "bench.sound_live" }[sound.state])}</p>
  </div>`;

const name = (phone) => (phone.kind === "outside" ? phone.number : phone.extension || `${t("board.port")} ${phone.port}`);
const address = (phone) => (phone.kind === "outside" ? `/bench/outside/${phone.number}` : `/bench/phone/${phone.extension}`);

const Telephone = ({ phone }) => html`
  <section class=${`telephone ${phone.ringing ? "ringing" : ""} ${phone.off_hook ? "lifted" : ""}`} data-who=${phone.who} aria-label=${name(phone)}>
    <div class="title">
      <${alone ? "h1" : "h2"}>${name(phone)}<//>
      <span class="tag">${t(`bench.kind_${phone.kind}`)}</span>
    </div>
    <div class="screen" aria-live="polite">${screen(phone)}</div>
    <${Hooks} phone=${phone} />
    <${Dial} phone=${phone} />
    ${alone || phone.off_hook ? html`<${Pad} phone=${phone} />` : null}
    ${alone
      ? sound ? html`<${Ear} />` : null
      : html`<div class="row"><a class="button small" href=${address(phone)} target="_blank" rel="noopener">${t("bench.own_tab")}</a>${phone.off_hook ? html`<button type="button" class="small" onClick=${() => act(phone.who, "speak", { ms: 2000 })}>${t("bench.speak")}</button>` : null}</div>`}
  </section>`;

const Kind = ({ kind }) => html`
  <section class="stack">
    <h2>${t(`bench.all_${kind}`)}</h2>
    <div class="telephones">${telephones.filter((phone) => phone.kind === kind).map((phone) => html`<${Telephone} key=${phone.who} phone=${phone} />`)}</div>
  </section>`;

function show() {
  const one = find(alone);
  render(
    html`<div class="stack">
      ${trouble ? html`<div class="notice bad" role="alert">${trouble}</div>` : null}
      ${alone ? html`<div class="one-telephone">${one ? html`<${Telephone} phone=${one} />` : null}</div>` : html`<${Kind} kind="outside" /><${Kind} kind="desk" />`}
    </div>`,
    root,
  );
}

async function watch() {
  for (;;) {
    if (document.visibilityState === "visible" || alone) await look();
    await pause(POLL_MS);
  }
}

// One telephone alone has the computer's own keys too.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea") || event.ctrlKey || event.altKey || event.metaKey;
  if (!alone || typing || event.repeat || !find(alone)?.off_hook || !KEYS.includes(event.key)) return;
  press(alone, event.key);
});

sound?.start();
watch();
