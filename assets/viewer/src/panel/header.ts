/** The header: the city's name and the language switch. */

import { byId, h } from "../dom";
import { lang, pick, t, withoutSampleMark } from "../i18n/index";
import type { City, Lang } from "../types";

export function renderHeader(city: City | null): void {
  const title = city ? cityTitle(city) : "";
  document.title = title ? `${title} · ${t("app.name")}` : t("app.title");
  const parts = city ? [h("b", {}, title)] : [];
  if (city?.sample) parts.push(h("span", { class: "chip" }, t("app.sample")) as HTMLElement);
  byId("city").replaceChildren(...parts);
  for (const button of byId("langs").querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button.dataset["lang"] === lang()));
}

function cityTitle(city: City): string {
  const title = pick(city.title) || city.name;
  return city.sample ? withoutSampleMark(title) : title;
}

export function bindLangs(chosen: (lang: Lang) => void): void {
  for (const button of byId("langs").querySelectorAll("button"))
    button.addEventListener("click", () => chosen(button.dataset["lang"] as Lang));
}
