/** The help dialog: what the mouse and the keys do, the picture quality, about. */

import { byId, h } from "../dom";
import { t, type TextKey } from "../i18n/index";
import type { Quality, QualityChoice } from "../map/quality";

export interface QualityInfo {
  choice: QualityChoice;
  used: Quality | null;
  renderer: string | null;
}

const MOUSE: readonly [TextKey, TextKey][] = [
  ["help.drag", "help.drag_does"],
  ["help.right", "help.right_does"],
  ["help.wheel", "help.wheel_does"],
  ["help.click", "help.click_does"],
];

const KEYS: readonly [string[], TextKey][] = [
  [["←", "→", "↑", "↓"], "help.arrows_does"],
  [["Shift", "←"], "help.shift_does"],
  [["+", "-"], "help.zoom_does"],
  [["N"], "help.north_does"],
  [["Home"], "help.home_does"],
  [["L"], "help.list_does"],
  [["Esc"], "help.escape_does"],
  [["?"], "help.help_does"],
];

export function openHelp(quality: QualityInfo): void {
  const dialog = byId<HTMLDialogElement>("help");
  const close = h(
    "button",
    { type: "button", class: "close", "aria-label": t("action.close"), onclick: () => dialog.close() },
    "×",
  );
  dialog.replaceChildren(
    h("div", { class: "heading" }, h("h2", { id: "help-title" }, t("help.title")), close),
    h("section", {}, h("h2", {}, t("help.mouse")), mouseList()),
    h("section", {}, h("h2", {}, t("help.keys")), keyList()),
    h("section", {}, h("h2", {}, t("help.quality")), qualityChoice(quality)),
    h("section", {}, h("h2", {}, t("help.about")), h("p", {}, t("help.about_text"))),
  );
  if (!dialog.open) dialog.showModal();
}

function mouseList(): HTMLElement {
  return h("dl", {}, ...MOUSE.flatMap(([what, does]) => [h("dt", {}, t(what)), h("dd", {}, t(does))]));
}

function keyList(): HTMLElement {
  const keys = (names: string[]): HTMLElement =>
    h("dt", {}, ...names.flatMap((name) => [h("kbd", {}, name), " "]));
  return h("dl", {}, ...KEYS.flatMap(([names, does]) => [keys(names), h("dd", {}, t(does))]));
}

/** Links, because another quality means another set-up of the engine: the page loads again. */
function qualityChoice({ choice, used, renderer }: QualityInfo): HTMLElement {
  const button = (value: QualityChoice): HTMLElement => {
    const query = new URLSearchParams(location.search);
    query.set("quality", value);
    const href = `?${query}${location.hash}`;
    const current = value === choice ? "true" : null;
    const kind = value === choice ? "button button-main" : "button";
    return h("a", { class: kind, href, "aria-current": current }, t(`help.quality_${value}`));
  };
  const row = h("div", { class: "actions" }, button("auto"), button("low"), button("high"));
  if (!used || !renderer) return row;
  const now = t("help.quality_now", { quality: t(`help.quality_${used}`), renderer });
  return h("div", {}, h("p", {}, now), row);
}
