// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// What every page has: the folding menu, the question before something is lost, forms that send themselves, players.
// No script imports it: under another address it would run again and, say, fold the menu that it has just unfolded.

import { player } from "./player.js";

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
