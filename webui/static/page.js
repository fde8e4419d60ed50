// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// What every page has: the folding menu, the question before something is lost, forms that send themselves, players.

import { player } from "./player.js";

export const language = document.documentElement.dataset.language;
export const csrf = document.querySelector('meta[name="csrf"]').content;

/** The texts of this page's language: t("key", {name: value}). */
export async function texts() {
  const { default: all } = await import(`/texts/${language}.js`);
  const t = (key, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, String(value)), all[key] ?? key);
  t.word = (group, value) => all[`${group}.${value}`] ?? String(value);
  return t;
}

/** Post to a page of ours; resolves to its JSON, rejects with its text. */
export async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "X-CSRF": csrf, Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? String(answer.status));
  return said;
}

for (const toggle of document.querySelectorAll("[data-toggle]")) {
  toggle.addEventListener("click", () => {
    const open = document.getElementById(toggle.dataset.toggle).classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
  });
}

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.sure ?? event.target.dataset.sure;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.dataset.send !== undefined) event.target.form.requestSubmit();
});

for (const element of document.querySelectorAll("[data-player]")) player(element);

/** What is still being made, a recording say, is looked for again until it is there. */
const LOOK_AGAIN_MS = 2000;
const unfinished = (page) => page.querySelectorAll("[data-unfinished]").length;
if (unfinished(document)) {
  window.setInterval(async () => {
    const answer = await fetch(window.location.href).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (unfinished(page) < unfinished(document)) window.location.reload();
  }, LOOK_AGAIN_MS);
}

// A fault shown after a form was sent is where the person wants to be.
document.querySelector('[aria-invalid="true"]')?.focus();
