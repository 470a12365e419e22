/** The left panel: every layer with its switch, colour, count and state. */

import { h } from "../dom";
import { formatCount, t } from "../i18n/index";
import type { MapLayer } from "../layers/layer";

/** A layer that the server has and no map draws. */
export interface PlainLayer {
  group: MapLayer["group"];
  title: string;
  count: number | null;
}

export interface LayersModel {
  layers: MapLayer[];
  /** What stands in the list while there is no map. */
  plain: PlainLayer[];
  /** Why the catalogue could not be read, null when it could. */
  failure: string | null;
  /** Name of a layer that 3D tiles could be made from; null when tiles exist or nothing fits. */
  tilesMissingFor: string | null;
}

export interface LayersActions {
  reload(): void;
  toggled(): void;
}

export function renderLayers(panel: HTMLElement, model: LayersModel, act: LayersActions): void {
  const focused = document.activeElement?.id;
  const shown = model.layers.filter((layer) => layer.visible).length;
  const all = model.layers.length + model.plain.length;
  const total = h("small", {}, t("layers.shown", { shown, all }));
  const section = h("section", {}, h("h2", {}, t("layers.title"), total));
  if (model.failure !== null)
    section.append(notice(t("layers.failed"), model.failure, () => act.reload()));
  else section.append(...groups(model, act));
  panel.replaceChildren(section);
  if (focused) document.getElementById(focused)?.focus();
}

function groups(model: LayersModel, act: LayersActions): HTMLElement[] {
  const rows = (group: MapLayer["group"]): HTMLElement => {
    const drawn = model.layers.filter((layer) => layer.group === group);
    const plain = model.plain.filter((layer) => layer.group === group);
    return h("ul", {}, ...drawn.map((layer) => layerItem(layer, act)), ...plain.map(plainItem));
  };
  const city = rows("city");
  if (city.childElementCount === 0) city.append(noTiles(model.tilesMissingFor));
  const flat = rows("flat");
  if (flat.childElementCount === 0) flat.append(h("li", { class: "row row-off" }, t("layers.none")));
  return [h("h3", {}, t("layers.city")), city, h("h3", {}, t("layers.flat")), flat];
}

function noTiles(layer: string | null): HTMLElement {
  const line = h("div", { class: "row row-off" }, t("layers.no_tiles"));
  if (layer === null) return h("li", {}, line);
  const command = h("code", {}, `cim tiles build layer:${layer} -o tiles/${layer}`);
  const hint = h("div", { class: "notice notice-plain" }, h("p", {}, t("layers.no_tiles_hint")), command);
  return h("li", { "data-state": "no-tiles" }, line, hint);
}

function layerItem(layer: MapLayer, act: LayersActions): HTMLElement {
  const name = layer.title();
  const box = h("input", {
    type: "checkbox",
    id: `layer-${layer.id}`,
    "aria-label": t("layer.toggle", { name }),
    disabled: layer.status.kind === "empty",
    onchange: () => {
      layer.setVisible(box.checked);
      act.toggled();
    },
  });
  box.checked = layer.visible;
  const swatch = h("span", { class: layer.round ? "swatch swatch-round" : "swatch" });
  swatch.style.background = layer.swatch;
  const off = layer.status.kind === "empty" ? " row-off" : "";
  const label = h("span", { class: "name", title: name }, name);
  const row = h("label", { class: `row${off}` }, box, swatch, label, badge(layer));
  const item = h("li", { "data-layer": layer.id, "data-state": layer.status.kind }, row);
  if (layer.visible && layer.storeys && layer.storeys.length > 0) item.append(cutRow(layer));
  if (layer.status.kind === "failed")
    item.append(notice(t("layer.failed"), layer.status.reason, () => layer.retry()));
  return item;
}

/** Up to which storey a building model is shown. */
function cutRow(layer: MapLayer): HTMLElement {
  const storeys = layer.storeys ?? [];
  const option = (value: string, text: string): HTMLElement => h("option", { value }, text);
  const choice = h(
    "select",
    {
      id: `cut-${layer.id}`,
      onchange: () => layer.cutAbove?.(choice.value === "" ? null : Number(choice.value)),
    },
    option("", t("layer.cut_none")),
    ...storeys.map(({ number, name }) => option(String(number), name || String(number))),
  );
  choice.value = layer.cut === null || layer.cut === undefined ? "" : String(layer.cut);
  return h("label", { class: "row row-sub" }, h("span", { class: "name" }, t("layer.cut")), choice);
}

function plainItem({ title, count }: PlainLayer): HTMLElement {
  const number = count !== null && h("span", { class: "count" }, formatCount(count));
  return h("li", { class: "row" }, h("span", { class: "name", title }, title), number);
}

function badge(layer: MapLayer): HTMLElement | null {
  const { status } = layer;
  if (status.kind === "loading") return chip("chip-accent", t("layer.loading"));
  if (status.kind === "failed") return chip("chip-error", t("layer.failed"));
  if (status.kind === "empty") return chip("", t("layer.empty"));
  if (status.kind === "ready" && status.capped) {
    const count = formatCount(status.shown);
    const capped = chip("chip-accent", t("layer.capped", { count }));
    capped.title = t("layer.capped_title", { count });
    return capped;
  }
  return layer.count === null ? null : h("span", { class: "count" }, formatCount(layer.count));
}

function chip(kind: string, text: string): HTMLElement {
  return h("span", { class: `chip ${kind}` }, text);
}

/** What failed, why, and a way to try again. */
export function notice(what: string, reason: string, retry: () => void): HTMLElement {
  const again = h("button", { type: "button", class: "link", onclick: retry }, t("action.retry"));
  return h("div", { class: "notice", role: "alert" }, h("span", { title: what }, reason), again);
}
