/** What a building model says of an element: class, type, materials, property sets. */

import { h } from "../dom";
import { formatNumber, t } from "../i18n/index";
import type { ModelFacts, PropertySet } from "../types";

export function definitions(rows: [string, string][]): HTMLElement {
  return h("dl", {}, ...rows.flatMap(([title, text]) => [h("dt", {}, title), h("dd", {}, text)]));
}

export function modelSections(model: ModelFacts): HTMLElement[] {
  const rows: [string, string | null][] = [
    [t("model.ifc_class"), model.ifc_class],
    [t("model.global_id"), model.global_id],
    [t("model.type"), model.type?.name ?? null],
    [t("model.materials"), model.materials.join(", ") || null],
  ];
  const told = rows.filter((row): row is [string, string] => row[1] !== null);
  const sets = [...model.properties, ...(model.quantities ?? [])];
  return [
    h("section", { id: "model" }, h("h2", {}, t("model.title")), definitions(told)),
    sets.length > 0 &&
      h("section", { id: "property-sets" }, h("h2", {}, t("model.property_sets")), ...sets.map(setOf)),
  ].filter((section) => section !== false);
}

/** One set, to be unfolded. */
function setOf(set: PropertySet): HTMLElement {
  const rows = set.values.map(({ name, value, unit }): [string, string] => [name, valueText(value, unit)]);
  return h("details", {}, h("summary", {}, set.name), definitions(rows));
}

function valueText(value: unknown, unit: string | null | undefined): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return t(value ? "detail.yes" : "detail.no");
  const text =
    typeof value === "number"
      ? formatNumber(value)
      : typeof value === "string"
        ? value
        : JSON.stringify(value);
  return unit ? `${text} ${unit}` : text;
}
