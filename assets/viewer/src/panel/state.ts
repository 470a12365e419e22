/** What covers the map when there is no map to show: said plainly, with a way on. */

import { byId, h } from "../dom";
import { t } from "../i18n/index";

export type Cover =
  | { kind: "none" }
  | { kind: "empty" }
  | { kind: "no-webgl" }
  | { kind: "lost" }
  | { kind: "down"; reason: string };

export function renderCover(cover: Cover): void {
  const state = byId("state");
  state.hidden = cover.kind === "none";
  state.dataset["kind"] = cover.kind;
  state.replaceChildren(...card(cover));
}

function card(cover: Cover): HTMLElement[] {
  switch (cover.kind) {
    case "none":
      return [];
    case "empty":
      return [box(t("empty.title"), t("empty.text"), steps())];
    case "no-webgl":
      return [box(t("nowebgl.title"), t("nowebgl.text"))];
    case "lost":
      return [box(t("lost.title"), t("lost.text"), reload())];
    case "down":
      return [box(t("down.title"), cover.reason, reload())];
  }
}

function box(title: string, text: string, ...more: HTMLElement[]): HTMLElement {
  return h("div", { class: "card", role: "alert" }, h("h2", {}, title), h("p", {}, text), ...more);
}

function reload(): HTMLElement {
  const again = (): void => location.reload();
  return h("button", { type: "button", class: "button button-main", onclick: again }, t("action.reload"));
}

function steps(): HTMLElement {
  const docs = h("a", { class: "button", href: "api/docs", target: "_blank", rel: "noopener" }, "/api/docs");
  return h(
    "ol",
    { class: "steps" },
    h("li", {}, h("b", {}, t("empty.demo")), h("code", {}, "cim demo")),
    h("li", {}, h("b", {}, t("empty.load")), h("code", {}, "cim load buildings.gpkg --layer buildings")),
    h("li", {}, h("b", {}, t("empty.docs")), docs),
  );
}
