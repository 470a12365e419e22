/** Text of the page in the chosen language. Titles of data come from the server, never from here. */

import { Emitter } from "../emitter";
import { ApiError } from "../api";
import type { Bilingual, Lang } from "../types";
import en from "./en.json";
import zh from "./zh.json";

export type TextKey = keyof typeof zh;

const TEXTS: Record<Lang, Record<TextKey, string>> = { zh, en };

let current: Lang = "zh";

export const langChanged = new Emitter<Lang>();

export function lang(): Lang {
  return current;
}

/** The language of the browser when nothing else is chosen. */
export function preferredLang(): Lang {
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function setLang(next: Lang): void {
  current = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  translateMarkup();
  langChanged.emit(next);
}

/** The text of a key; `{name}` in it is replaced by the value of that name. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return TEXTS[current][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** The text in the chosen language, or in the other when that one is empty. */
export function pick(text: Bilingual): string {
  return text[current] || text.zh || text.en;
}

const SAMPLE_MARK = /^示例数据[：:]\s*|（示例数据）$|^sample data:\s*| \(sample data\)$/i;

/** A title without the words "sample data": the header says that once for the whole city. */
export function withoutSampleMark(title: string): string {
  const plain = title.replace(SAMPLE_MARK, "");
  if (plain === title || plain === "") return title;
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

export function formatCount(count: number): string {
  return count.toLocaleString(current === "zh" ? "zh-CN" : "en-US");
}

export function formatNumber(value: number, digits = 3): string {
  const options = { maximumFractionDigits: digits, useGrouping: false };
  return value.toLocaleString("en-US", options);
}

/** Why something failed, in words for the user. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) return t("reason.unknown");
  if (error.status === 0) return t("reason.no_answer");
  const status = error.status;
  const base =
    status === 404 ? t("reason.404") : status >= 500 ? t("reason.5xx", { status }) : t("reason.status", { status });
  return error.detail ? t("reason.detail", { reason: base, detail: error.detail }) : base;
}

/** Fills `data-t` (text) and `data-t-label` (accessible name and tooltip) of index.html. */
function translateMarkup(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-t]"))
    element.textContent = t(element.dataset["t"] as TextKey);
  for (const element of document.querySelectorAll<HTMLElement>("[data-t-label]")) {
    const label = t(element.dataset["tLabel"] as TextKey);
    element.setAttribute("aria-label", label);
    if (element.matches("button")) element.title = label;
  }
}
