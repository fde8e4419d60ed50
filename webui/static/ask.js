// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// What the scripts of a page ask the pages for: texts in its language, and changes under its token.

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
