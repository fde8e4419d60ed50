// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// The live board: the whole state first, then each change; after a gap the whole state again.

import { html, render } from "./vendor/htm-preact.js";
import { post, texts } from "./ask.js";

const root = document.getElementById("board");
const names = JSON.parse(root.dataset.names);
const mayHangUp = root.dataset.hangup === "1";
const t = await texts();
const KEPT = { line: ["lines", "port"], phone: ["phones", "port"], agent: ["agents", "agent"], queue: ["queues", "queue"], call: ["calls", "call"] };
const ALARMS_MAX = 50;

let board = null;
let linked = "waiting"; // "waiting", "live", "away"
let skewMs = 0; // what the box's clock is ahead of this browser's
const announcer = document.getElementById("announcer");

const COLOURS = {
  line: { idle: "", ringing: "warn", seizing: "info", dialling: "info", up: "good", clearing: "", out_of_service: "bad", blocked: "bad", lent: "info" },
  phone: { idle: "", ringing: "warn", talking: "good", calling: "info", dialling: "info", dial_tone: "info", held: "violet", busy: "bad", howler: "bad", locked_out: "bad", out_of_service: "bad", lent: "info" },
  agent: { logged_out: "", idle: "good", reserved: "warn", ringing: "warn", talking: "info", wrap_up: "violet", paused: "violet", busy: "info" },
  call: { ringing: "warn", flow: "info", waiting: "warn", calling: "info", talking: "good", held: "violet" },
};

const nowMs = () => Date.now() + skewMs;
const ms = (instant) => instant.civil_ns / 1e6;
const pad = (number) => String(number).padStart(2, "0");

function span(since) {
  if (!since || !since.civil_ns) return "";
  const whole = Math.max(0, Math.floor((nowMs() - ms(since)) / 1000));
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}` : `${Math.floor(whole / 60)}:${pad(whole % 60)}`;
}

function party(who) {
  if (!who) return "";
  if (who.extension) return `${who.extension} ${who.name}`.trim();
  if (who.number) return `${who.number} ${who.name}`.trim();
  if (who.presentation === "withheld") return t("party.withheld");
  return who.name || t("party.unknown");
}

const named = (kind, number) => names[kind][number] || `${t(`board.one_${kind}`)} ${number}`;

function phoneName(phone) {
  const name = names.phones[phone.port] ?? "";
  return name.includes(phone.extension) ? name : `${phone.extension} ${name}`;
}

const Cell = ({ kind, state, name, since, children }) => html`
  <div class=${`cell ${COLOURS[kind][state] ?? ""}`} data-kind=${kind} data-state=${state}>
    <div class="name"><span title=${name}>${name}</span><span class="num muted">${span(since)}</span></div>
    <div class="state"><span>${t.word(`state.${kind}`, state)}</span></div>
    ${children}
  </div>`;

const More = ({ children }) => html`<div class="more">${children}</div>`;

const Line = ({ line }) => html`
  <${Cell} kind="line" state=${line.state} name=${named("lines", line.port)} since=${line.state === "idle" ? null : line.since}>
    ${line.call ? html`<${More}>${party(line.caller)}<//>` : null}
  <//>`;

const Phone = ({ phone }) => html`
  <${Cell} kind="phone" state=${phone.state} name=${phoneName(phone)} since=${phone.state === "idle" ? null : phone.since}>
    ${phone.agent ? html`<${More}>${named("agents", phone.agent)}<//>` : null}
  <//>`;

const Agent = ({ agent }) => html`
  <${Cell} kind="agent" state=${agent.state} name=${named("agents", agent.agent)} since=${agent.since}>
    <${More}>
      ${agent.extension ? `${t("board.at")} ${agent.extension}` : ""}
      ${agent.state === "paused" ? ` · ${t("board.pause_code")} ${agent.pause_code}` : ""}
      ${agent.queues.length ? ` · ${agent.queues.map((queue) => named("queues", queue)).join(", ")}` : ""}
    <//>
  <//>`;

const Queue = ({ queue }) => html`
  <section class="panel" aria-label=${named("queues", queue.queue)}>
    <div class="head">
      <h3>${named("queues", queue.queue)}</h3>
      <span class=${`tag ${queue.waiting.length ? "warn" : "good"}`}>${t("board.waiting", { count: queue.waiting.length })}</span>
      <span class="tag">${t("board.agents_free", { free: queue.available_count, all: queue.logged_in_count })}</span>
    </div>
    ${queue.waiting.length
      ? html`<ol class="waiting">
          ${queue.waiting.map((place) => html`<li key=${place.place}><span>${party(place.caller)}</span><b class="num">${span(place.entered)}</b></li>`)}
        </ol>`
      : html`<p class="muted">${queue.logged_in_count ? t("board.nobody_waits") : t("board.nobody_logged_in")}</p>`}
  </section>`;

const hangUp = (call) => async () => {
  if (!window.confirm(t("board.hang_up_sure"))) return;
  try {
    await post(`/calls/${call}/hangup`, {});
  } catch (error) {
    window.alert(error.message);
  }
};

const Call = ({ call }) => html`
  <tr data-call=${call.call}>
    <td data-label=${t("calls.direction")}>${t.word("direction", call.direction)}</td>
    <td data-label=${t("calls.from")}>${party(call.caller)}</td>
    <td data-label=${t("calls.to")}>${call.called}</td>
    <td data-label=${t("calls.state")}><span><span class=${`tag ${COLOURS.call[call.state] ?? ""}`}>${t.word("state.call", call.state)}</span>${call.recording ? html` <span class="tag bad">${t("board.recording")}</span>` : null}</span></td>
    <td data-label=${t("calls.agent")}>${call.agent ? named("agents", call.agent) : ""}</td>
    <td data-label=${t("calls.length")} class="num">${span(call.began)}</td>
    <td class="actions">${mayHangUp ? html`<button type="button" class="small danger" onClick=${hangUp(call.call)}>${t("board.hang_up")}</button>` : null}</td>
  </tr>`;

const Calls = ({ calls }) =>
  calls.length
    ? html`<div class="table-box"><table class="cards">
        <thead><tr><th>${t("calls.direction")}</th><th>${t("calls.from")}</th><th>${t("calls.to")}</th><th>${t("calls.state")}</th><th>${t("calls.agent")}</th><th>${t("calls.length")}</th><th></th></tr></thead>
        <tbody>${calls.map((call) => html`<${Call} key=${call.call} call=${call} />`)}</tbody>
      </table></div>`
    : html`<div class="empty"><p>${t("board.no_calls")}</p></div>`;

const Tile = ({ count, text, alert }) => html`<div class=${`tile ${alert ? "alert" : ""}`}><b>${count}</b><span>${text}</span></div>`;

function Tiles() {
  const waiting = board.queues.reduce((sum, queue) => sum + queue.waiting.length, 0);
  const longest = board.queues.flatMap((queue) => queue.waiting).reduce((first, place) => (!first || ms(place.entered) < ms(first) ? place.entered : first), null);
  const agents = board.agents.filter((agent) => agent.state !== "logged_out");
  return html`<div class="tiles">
    <${Tile} count=${board.calls.length} text=${t("board.calls_now")} />
    <${Tile} count=${waiting} text=${t("board.callers_waiting")} alert=${waiting > 0} />
    <${Tile} count=${longest ? span(longest) : "–"} text=${t("board.longest_wait")} />
    <${Tile} count=${`${agents.filter((agent) => agent.state === "idle").length} / ${agents.length}`} text=${t("board.agents_ready")} />
    <${Tile} count=${`${board.lines.filter((line) => line.state !== "idle").length} / ${board.lines.length}`} text=${t("board.lines_busy")} />
  </div>`;
}

const when = (instant) => new Date(ms(instant)).toLocaleString(document.documentElement.lang, { hour12: false });

const Alarms = ({ alarms }) =>
  alarms.length
    ? html`<section class="panel"><h2>${t("board.alarms")}</h2>
        <ul class="waiting">${alarms.slice(-8).reverse().map((alarm) => html`<li><span><b>${t.word("alarm", alarm.what)}</b> ${alarm.port ? `${t("board.port")} ${alarm.port}` : ""} ${alarm.detail}</span><span class="muted num">${when(alarm.at)}</span></li>`)}</ul>
      </section>`
    : null;

const Group = ({ title, rows, none, children }) => html`
  <section class="stack"><h2>${title}</h2>${rows.length ? html`<div class="grid small-cells">${children}</div>` : html`<div class="panel empty"><p>${none}</p></div>`}</section>`;

function Whole() {
  if (!board) return html`<div class="panel empty"><p>${t(linked === "away" ? "board.away" : "board.connecting")}</p></div>`;
  return html`<div class=${`stack ${linked === "live" ? "" : "stale"}`}>
    <${Tiles} />
    <section class="panel flush"><h2>${t("board.calls")}</h2><${Calls} calls=${board.calls} /></section>
    ${board.queues.length ? html`<section class="stack"><h2>${t("board.queues")}</h2><div class="grid">${board.queues.map((queue) => html`<${Queue} key=${queue.queue} queue=${queue} />`)}</div></section>` : null}
    <${Group} title=${t("board.agents")} rows=${board.agents} none=${t(Object.keys(names.agents).length ? "board.nobody_here" : "board.no_agents")}>${board.agents.map((agent) => html`<${Agent} key=${agent.agent} agent=${agent} />`)}<//>
    <${Group} title=${t("board.lines")} rows=${board.lines} none=${t("board.no_lines")}>${board.lines.map((line) => html`<${Line} key=${line.port} line=${line} />`)}<//>
    <${Group} title=${t("board.phones")} rows=${board.phones} none=${t("board.no_phones")}>${board.phones.map((phone) => html`<${Phone} key=${phone.port} phone=${phone} />`)}<//>
    <${Alarms} alarms=${board.alarms} />
  </div>`;
}

const LINK = { waiting: "warn", live: "good", away: "bad" };

function show() {
  render(html`<${Whole} />`, root);
  const link = document.getElementById("link");
  link.dataset.link = linked;
  render(html`<span class=${`dot ${LINK[linked]}`}></span>${t(`board.link_${linked}`)}`, link);
}

function apply(report) {
  if (report.kind === "alarm") {
    board.alarms = [...board.alarms, report].slice(-ALARMS_MAX);
    announcer.textContent = `${t.word("alarm", report.what)} ${report.detail}`;
    return;
  }
  if (report.kind === "settings") return window.location.reload(); // names and numbers may be others now
  const kept = KEPT[report.kind];
  if (!kept) return;
  const [part, key] = kept;
  const others = board[part].filter((row) => row[key] !== report[key]);
  const gone = report.kind === "call" && report.state === "ended";
  board[part] = gone ? others : [...others, report].sort((one, other) => one[key] - other[key]);
  if (report.kind === "line" && report.state === "ringing")
    announcer.textContent = t("board.rings", { line: named("lines", report.port), caller: party(report.caller) });
}

function listen() {
  const stream = new EventSource("/events");
  const lost = () => {
    linked = "away";
    show();
  };
  stream.addEventListener("board", (event) => {
    const told = JSON.parse(event.data);
    board = told.board;
    skewMs = told.now_ms - Date.now();
    linked = "live";
    show();
  });
  stream.addEventListener("report", (event) => {
    if (!board) return;
    apply(JSON.parse(event.data));
    show();
  });
  stream.addEventListener("away", lost);
  stream.onerror = () => {
    lost();
    if (stream.readyState !== EventSource.CLOSED) return; // it comes back by itself
    fetch("/board", { headers: { Accept: "application/json" } }).then((answer) => {
      if (answer.status === 401) window.location.assign("/signin");
    }, () => {});
    setTimeout(listen, 2000);
  };
}

show();
listen();
setInterval(show, 1000);
