// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// Every port of the card, looked at once a second; cards, spans and their counters every fifth time.

import { html, render } from "./vendor/htm-preact.js";
import { language, post, texts } from "./ask.js";

const root = document.getElementById("hardware");
const mayTest = root.dataset.test === "1";
const t = await texts();
const POLL_MS = 1000;
const MACHINE_EVERY = 5;
const SAMPLES_PER_MS = 8;
const BAD = ["out_of_service", "blocked", "locked_out", "howler"];

let card = "";
let ports = [];
let machine = null;
let trouble = "";
let looks = 0;
const results = {}; // by port: what its last test said

async function look() {
  try {
    const query = looks++ % MACHINE_EVERY ? "" : "?machine=1";
    const answer = await fetch(`/system/hardware/state.json${query}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401) return window.location.assign("/signin");
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error ?? t("error.away"));
    ({ card, ports } = told);
    machine = told.machine ?? machine;
    trouble = "";
  } catch (error) {
    trouble = error instanceof TypeError ? t("error.away") : error.message;
  }
  show();
}

function said(result) {
  if (result.test === "bell") return t("hardware.test_bell", { seconds: result.rings_s });
  return t(result.heard ? "hardware.test_dial_tone" : "hardware.test_no_dial_tone", result);
}

const test = (port) => async () => {
  results[port] = { text: t("hardware.testing"), colour: "info" };
  show();
  try {
    const result = await post("/system/hardware/test", { port });
    results[port] = { text: said(result), colour: result.heard === false ? "bad" : "good" };
  } catch (error) {
    results[port] = { text: error.message, colour: "bad" };
  }
  await look();
};

const Tag = ({ colour, children }) => html`<span class=${`tag ${colour}`}>${children}</span>`;
const SILENT_DBM0 = -90;
const level = (dbm0) => (dbm0 === null || dbm0 < SILENT_DBM0 ? "–" : dbm0.toFixed(0));

const Port = ({ port }) => html`
  <tr data-port=${port.port}>
    <td class="num" data-label=${t("field.port")}>${port.port}</td>
    <td data-label=${t("hardware.used_as")}><span>${t(`hardware.kind_${port.kind}`)} <b>${port.used_as}</b></span></td>
    <td data-label=${t("calls.state")}>${port.state ? html`<${Tag} colour=${BAD.includes(port.state) ? "bad" : port.state === "idle" ? "" : "info"}>${t.word(port.kind === "fxo" ? "state.line" : "state.phone", port.state)}<//>` : "–"}</td>
    <td data-label=${t("hardware.hook")}>${port.off_hook ? html`<${Tag} colour="good">${t("hardware.off_hook")}<//>` : t("hardware.on_hook")}</td>
    <td data-label=${t("hardware.bell")}>${port.ringing ? html`<${Tag} colour="warn">${t("hardware.rings")}<//>` : "–"}</td>
    <td class="num" data-label=${t("hardware.level_in")}>${level(port.rx_dbm0)}</td>
    <td class="num" data-label=${t("hardware.level_out")}>${level(port.tx_dbm0)}</td>
    <td class="num" data-label=${t("hardware.lost")}>${t("hardware.lost_ms", { ms: Math.round((port.lost_samples + port.starved_samples) / SAMPLES_PER_MS) })}</td>
    <td class="wrap" data-label=${t("hardware.alarm")}>${port.alarm ? html`<${Tag} colour="bad">${port.alarm}<//>` : "–"}</td>
    ${mayTest ? html`<td class="actions wrap">${results[port.port] ? html`<span role="status"><${Tag} colour=${results[port.port].colour}>${results[port.port].text}<//></span>` : null}<button type="button" class="small" onClick=${test(port.port)}>${t("hardware.test")}</button></td>` : null}
  </tr>`;

const Head = ({ keys }) => html`<thead><tr>${keys.map((key) => html`<th>${key ? t(key) : ""}</th>`)}</tr></thead>`;
const PORT_HEADS = ["field.port", "hardware.used_as", "calls.state", "hardware.hook", "hardware.bell", "hardware.level_in", "hardware.level_out", "hardware.lost", "hardware.alarm", ...(mayTest ? [""] : [])];

const Ports = () => html`<section class="panel flush"><h2>${t("hardware.ports")} <span class="tag">${card}</span></h2>
  <div class="table-box"><table class="cards"><${Head} keys=${PORT_HEADS} /><tbody>${ports.map((port) => html`<${Port} key=${port.port} port=${port} />`)}</tbody></table></div></section>`;

const CARD_HEADS = ["hardware.cards", "hardware.place", "hardware.driver", "hardware.driver_state"];
const Cards = () => html`<section class="panel flush"><h2>${t("hardware.cards")}</h2>${
  machine.cards.length
    ? html`<div class="table-box"><table class="cards"><${Head} keys=${CARD_HEADS} /><tbody>${machine.cards.map((each) => html`<tr>
        <td data-label=${t("hardware.cards")}><span><b>${each.name}</b> <span class="muted mono">${each.id}</span></span></td>
        <td class="mono" data-label=${t("hardware.place")}>${each.place}</td>
        <td class="mono" data-label=${t("hardware.driver")}>${each.driver || "–"}</td>
        <td data-label=${t("hardware.driver_state")}><${Tag} colour=${each.state === "running" ? "good" : "bad"}>${t.word("hardware_state", each.state)}<//></td></tr>`)}</tbody></table></div>`
    : html`<div class="empty"><p>${t("hardware.no_cards")} ${card === "simulated" ? t("hardware.no_cards_needed") : ""}</p></div>`
}</section>`;

const COUNTERS = { bipolar_violations: "hardware.bpv", crc4_errors: "hardware.crc", slips: "hardware.slips", interrupts_missed: "hardware.missed" };
const SPAN_HEADS = ["hardware.spans", "hardware.timing", "hardware.alarm", ...Object.values(COUNTERS)];
const Spans = () => html`<section class="panel flush"><h2>${t("hardware.spans")}</h2><div class="table-box"><table class="cards"><${Head} keys=${SPAN_HEADS} /><tbody>${machine.spans.map((span) => html`<tr>
  <td data-label=${t("hardware.spans")}><span><b>${span.span}</b> ${span.name} <span class="muted">${span.type} ${span.channels}</span></span></td>
  <td data-label=${t("hardware.timing")}>${span.is_timing_master ? t("hardware.timing_master") : "–"}</td>
  <td data-label=${t("hardware.alarm")}>${span.alarms ? html`<${Tag} colour="bad">${span.alarms}<//>` : "–"}</td>
  ${Object.entries(COUNTERS).map(([name, key]) => html`<td class="num" data-label=${t(key)}>${span[name]}</td>`)}</tr>`)}</tbody></table></div></section>`;

const Findings = () => html`<section class="panel"><h2>${t("hardware.wrong")}</h2>${
  machine.findings.length
    ? html`<ul>${machine.findings.map((each) => html`<li>${each.message[language]}</li>`)}</ul>`
    : html`<p class="muted">${t("hardware.nothing_wrong")}</p>`
}</section>`;

function show() {
  render(html`${trouble ? html`<div class="notice bad" role="alert">${trouble}</div>` : null}
    <div class=${`stack ${trouble ? "stale" : ""}`}>
      ${ports.length ? html`<${Ports} />` : null}
      ${machine ? html`<${Cards} />${machine.spans.length ? html`<${Spans} />` : null}<${Findings} />` : null}
    </div>`, root);
}

await look();
setInterval(look, POLL_MS);
