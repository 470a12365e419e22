/** The overview: what the city holds, in figures that the server counted. */

import { h } from "../dom";
import { formatCount, t } from "../i18n/index";
import type { Bounds, City, Collection } from "../types";

export function renderOverview(city: City | null, collections: Collection[]): HTMLElement[] {
  const buildings = collections.filter((collection) => collection["cim:class"] === "BLDG");
  const entities = city?.entity_count ?? sum(collections);
  const figures = h(
    "div",
    { class: "figures" },
    figure(entities, t("overview.entities")),
    figure(collections.length, t("overview.layers")),
    figure(sum(buildings), t("overview.buildings")),
  );
  return [
    h("section", {}, figures),
    ...(collections.length > 0 ? [h("section", {}, h("h2", {}, t("overview.counts")), bars(collections))] : []),
    h("section", {}, facts(city)),
    h("section", {}, h("h2", {}, t("overview.interfaces")), links()),
  ];
}

function sum(collections: Collection[]): number {
  return collections.reduce((total, collection) => total + collection.itemCount, 0);
}

function figure(value: number, title: string): HTMLElement {
  return h("div", { class: "figure" }, h("b", {}, formatCount(value)), h("span", {}, title));
}

function bars(collections: Collection[]): HTMLElement {
  const most = Math.max(1, ...collections.map((collection) => collection.itemCount));
  const ordered = [...collections].sort((a, b) => b.itemCount - a.itemCount);
  const rows = ordered.map(({ title, itemCount }) => {
    const fill = h("i");
    fill.style.width = itemCount === 0 ? "0" : `${Math.max(1.5, (itemCount / most) * 100)}%`;
    const bar = h("span", { class: "bar", "aria-hidden": "true" }, fill);
    return h("li", {}, h("span", { title }, title), bar, h("b", {}, formatCount(itemCount)));
  });
  return h("ul", { class: "bars" }, ...rows);
}

function facts(city: City | null): HTMLElement {
  const rows: [string, string][] = [];
  if (city?.division_code && Number(city.division_code) > 0) rows.push([t("overview.division"), city.division_code]);
  if (city?.bounds) rows.push([t("overview.bounds"), boundsText(city.bounds)]);
  if (city) rows.push([t("overview.version"), city.version]);
  return h("dl", {}, ...rows.flatMap(([title, text]) => [h("dt", {}, title), h("dd", {}, text)]));
}

function boundsText([west, south, east, north]: Bounds): string {
  return `${west.toFixed(4)}–${east.toFixed(4)}°E, ${south.toFixed(4)}–${north.toFixed(4)}°N`;
}

function links(): HTMLElement {
  const all: [string, string][] = [
    ["ogc/?f=html", t("overview.ogc")],
    ["api/docs", t("overview.rest")],
    ["3dtiles", t("overview.tiles")],
  ];
  const items = all.map(([href, text]) =>
    h("li", {}, h("a", { href, target: "_blank", rel: "noopener" }, text, h("span", { "aria-hidden": "true" }, "→"))),
  );
  return h("ul", { class: "links" }, ...items);
}
