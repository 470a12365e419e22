/** The object panel: everything the server knows of one entity. */

import { entityPath, itemPath } from "../api";
import { announce, h, icon } from "../dom";
import { formatNumber, lang, pick, t, withoutSampleMark, type TextKey } from "../i18n/index";
import type { Attribute, Entity } from "../types";
import { notice } from "./layers";
import { definitions, modelSections } from "./model";

export type DetailState =
  | { kind: "none" }
  | { kind: "loading"; entityId: string }
  | { kind: "failed"; entityId: string; reason: string }
  | { kind: "missing"; entityId: string }
  | { kind: "shown"; entity: Entity };

export interface DetailActions {
  retry(): void;
  close(): void;
  fly(entity: Entity): void;
}

const POINTER_ICON = "m5 2 11 8-5 1.2L8.6 16z";

export function renderDetails(state: DetailState, act: DetailActions): HTMLElement[] {
  switch (state.kind) {
    case "none":
      return [placeholder()];
    case "loading":
      return [h("section", { "aria-busy": "true", "aria-label": t("detail.loading") }, ...skeleton())];
    case "missing":
      return [h("section", {}, notice("", t("detail.missing", { id: state.entityId }), act.retry))];
    case "failed":
      return [h("section", {}, h("h2", {}, t("detail.failed")), notice("", state.reason, act.retry))];
    case "shown":
      return entitySections(state.entity, act);
  }
}

/** The name people see: the entity's own, or "unnamed" with its class. */
export function displayName(entity: Entity): string {
  return entity.name || t("detail.unnamed", { class: pick(entity.class_title) });
}

function placeholder(): HTMLElement {
  const title = h("h2", {}, t("detail.hint_title"));
  return h("div", { class: "placeholder" }, icon(POINTER_ICON), title, h("p", {}, t("detail.hint")));
}

function skeleton(): HTMLElement[] {
  return [70, 40, 90, 80, 85, 60].map((width) => {
    const line = h("div", { class: "skeleton" });
    line.style.width = `${width}%`;
    return line;
  });
}

function entitySections(entity: Entity, act: DetailActions): HTMLElement[] {
  return [
    h("section", { id: "entity", "data-entity": entity.id }, heading(entity, act), chips(entity), actions(entity, act)),
    h("section", {}, h("h2", {}, t("detail.codes")), ...codes(entity)),
    h("section", {}, h("h2", {}, t("detail.attributes")), attributes(entity)),
    ...(entity.model ? modelSections(entity.model) : []),
    h("section", {}, h("h2", {}, t("detail.source")), source(entity)),
  ];
}

function heading(entity: Entity, act: DetailActions): HTMLElement {
  const titles = new Set([withoutSampleMark(pick(entity.layer_title)), pick(entity.class_title)]);
  const subtitle = [...titles].join(" · ");
  const close = h(
    "button",
    { type: "button", class: "close", "aria-label": `${t("action.close")} (Esc)`, onclick: act.close },
    "×",
  );
  const text = h("div", {}, h("h2", { tabindex: "-1" }, displayName(entity)), h("p", {}, subtitle));
  return h("div", { class: "heading" }, h("span", { class: "mark" }), text, close);
}

function chips(entity: Entity): HTMLElement {
  const valid = entity.status === "valid";
  const height = entity.height_m === null ? null : `${t("detail.height")} ${formatNumber(entity.height_m, 1)} m`;
  return h(
    "div",
    { class: "chips" },
    h("span", { class: "chip chip-selected" }, t("detail.selected")),
    h("span", { class: `chip ${valid ? "chip-ok" : "chip-error"}` }, t(valid ? "detail.valid" : "detail.retired")),
    height && h("span", { class: "chip chip-accent" }, height),
  );
}

function actions(entity: Entity, act: DetailActions): HTMLElement {
  const item = entity.links.find((link) => link.rel === "item")?.href;
  return h(
    "div",
    { class: "actions" },
    h("button", { type: "button", class: "button button-main", onclick: () => act.fly(entity) }, t("action.fly")),
    outLink(entityPath(entity.id), t("action.json")),
    outLink(item ?? itemPath(entity.layer, entity.fid), t("action.item")),
  );
}

function outLink(href: string, text: string): HTMLElement {
  return h("a", { class: "button", href, target: "_blank", rel: "noopener" }, text);
}

function codes(entity: Entity): HTMLElement[] {
  const all: [TextKey, string | null][] = [
    ["detail.entity_id", entity.id],
    ["detail.beidou", entity.codes.beidou],
    ["detail.geosot", entity.codes.geosot],
    ["detail.h3", entity.codes.h3],
  ];
  return all.flatMap(([key, code]) => (code ? [codeRow(t(key), code)] : []));
}

function codeRow(title: string, code: string): HTMLElement {
  const label = `${t("action.copy")} ${title}`;
  const copy = h(
    "button",
    { type: "button", class: "link", "aria-label": label, onclick: () => void copyCode(copy, code) },
    t("action.copy"),
  );
  return h("div", { class: "code" }, h("span", {}, title), h("span", { class: "mono" }, code), copy);
}

async function copyCode(button: HTMLElement, code: string): Promise<void> {
  if (navigator.clipboard) await navigator.clipboard.writeText(code);
  else copyBySelection(code);
  button.textContent = t("action.copied");
  announce(t("action.copied"));
  setTimeout(() => (button.textContent = t("action.copy")), 1600);
}

/** Pages over plain http have no clipboard object; the old command still works there. */
function copyBySelection(code: string): void {
  const field = h("textarea", { class: "unseen" });
  field.value = code;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function attributes(entity: Entity): HTMLElement {
  // A building model has columns for all that IFC may say; most say nothing of most elements.
  const fields = Object.entries(entity.attributes).filter(
    ([, { value }]) => !entity.model || (value !== null && value !== ""),
  );
  if (fields.length === 0) return h("p", { class: "row row-off" }, t("detail.no_attributes"));
  return definitions(
    fields.map(([name, attribute]) => [pick(attribute.title) || name, attributeText(attribute)]),
  );
}

function attributeText({ value, unit }: Attribute): string {
  if (value === null || value === "") return "—";
  if (typeof value === "boolean") return t(value ? "detail.yes" : "detail.no");
  const text = typeof value === "number" ? formatNumber(value) : value;
  return unit ? `${text} ${unit}` : text;
}

function source(entity: Entity): HTMLElement {
  const [lon, lat] = entity.position;
  const rows: [string, string | null][] = [
    [t("detail.source_name"), entity.source.name || null],
    [t("detail.source_file"), entity.source.file ?? null],
    [t("detail.source_crs"), entity.source.crs ?? null],
    [t("detail.source_id"), entity.source.source_id],
    [t("detail.loaded_at"), timeText(entity.source.loaded_at)],
    [t("detail.valid_from"), timeText(entity.valid_from)],
    [t("detail.valid_to"), timeText(entity.valid_to)],
    [t("detail.position"), `${lon.toFixed(6)}, ${lat.toFixed(6)}`],
  ];
  return definitions(rows.filter((row): row is [string, string] => row[1] !== null));
}

/** A date stays as it is; an instant is shown in the reader's time zone. */
function timeText(text: string | null): string | null {
  if (text === null || !text.includes("T")) return text;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text;
  return time.toLocaleString(lang() === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
}
