/** The list: the same objects as on the map, page by page, for those who do not use the map. */

import { fetchPage, isAbort } from "../api";
import { h } from "../dom";
import { formatCount, formatNumber, reasonOf, t } from "../i18n/index";
import type { Collection, Feature, FeaturePage } from "../types";
import { notice } from "./layers";

const PAGE_SIZE = 20;

type ListState =
  | { kind: "loading" }
  | { kind: "failed"; reason: string }
  | { kind: "shown"; page: FeaturePage };

export class ListPanel {
  private collections: Collection[] = [];
  private layer: string | null = null;
  private offset = 0;
  private state: ListState = { kind: "loading" };
  private request: AbortController | null = null;
  private wanted = false;

  constructor(
    private readonly changed: () => void,
    private readonly choose: (entityId: string) => void,
  ) {}

  setCollections(collections: Collection[]): void {
    this.collections = collections;
    const known = collections.some((collection) => collection.id === this.layer);
    if (known) return;
    const buildings = collections.find((collection) => collection["cim:class"] === "BLDG");
    this.layer = (buildings ?? collections[0])?.id ?? null;
    this.offset = 0;
    if (this.wanted) void this.load();
  }

  /** Loads the first page when the list is shown for the first time. */
  open(): void {
    if (this.wanted) return;
    this.wanted = true;
    void this.load();
  }

  render(selected: string | null): HTMLElement[] {
    if (this.layer === null) return [h("section", {}, t("layers.none"))];
    return [h("section", {}, this.picker()), this.body(selected)];
  }

  private async load(): Promise<void> {
    if (this.layer === null) return;
    this.request?.abort();
    this.request = new AbortController();
    this.setState({ kind: "loading" });
    try {
      const request = { limit: PAGE_SIZE, offset: this.offset, skipGeometry: true };
      const page = await fetchPage(this.layer, request, this.request.signal);
      this.setState({ kind: "shown", page });
    } catch (error) {
      if (!isAbort(error)) this.setState({ kind: "failed", reason: reasonOf(error) });
    }
  }

  private picker(): HTMLElement {
    const select = h("select", {
      id: "list-layer",
      onchange: () => {
        this.layer = select.value;
        this.offset = 0;
        void this.load();
      },
    });
    for (const { id, title, itemCount } of this.collections)
      select.append(h("option", { value: id }, t("list.option", { title, count: formatCount(itemCount) })));
    select.value = this.layer ?? "";
    return h("label", { class: "picker" }, t("list.layer"), select);
  }

  private body(selected: string | null): HTMLElement {
    if (this.state.kind === "loading") return h("section", { "aria-busy": "true" }, t("list.loading"));
    if (this.state.kind === "failed") {
      const retry = notice(t("list.failed"), this.state.reason, () => void this.load());
      return h("section", {}, h("h2", {}, t("list.failed")), retry);
    }
    const { features } = this.state.page;
    if (features.length === 0) return h("section", {}, t("list.empty"));
    const rows = features.map((feature) => this.row(feature, selected));
    return h("section", {}, h("ul", { class: "objects" }, ...rows), this.pager(this.state.page));
  }

  private row(feature: Feature, selected: string | null): HTMLElement {
    const collection = this.collections.find((candidate) => candidate.id === this.layer);
    const { properties } = feature;
    const entityId = String(properties["entity_id"] ?? "");
    const name = properties[collection?.["cim:nameField"] ?? ""];
    const height = properties[collection?.["cim:heightField"] ?? ""];
    const current = entityId === selected;
    const open = h(
      "button",
      { type: "button", class: "row", "aria-current": current, onclick: () => this.choose(entityId) },
      typeof name === "string" && name
        ? h("span", { class: "name" }, name)
        : h("span", { class: "name mono" }, entityId),
      typeof height === "number" && h("span", { class: "count" }, `${formatNumber(height, 1)} m`),
    );
    if (current) open.setAttribute("aria-current", "true");
    return h("li", {}, open);
  }

  private pager({ features, numberMatched }: FeaturePage): HTMLElement {
    const [from, to] = [this.offset + 1, this.offset + features.length];
    const all = numberMatched ?? to;
    const turn = (step: number): void => {
      this.offset = Math.max(0, this.offset + step);
      void this.load();
    };
    const button = (text: string, step: number, disabled: boolean): HTMLElement =>
      h("button", { type: "button", class: "button", disabled, onclick: () => turn(step) }, text);
    return h(
      "div",
      { class: "pager" },
      button(t("list.previous"), -PAGE_SIZE, this.offset === 0),
      h("span", {}, t("list.range", { from: formatCount(from), to: formatCount(to), all: formatCount(all) })),
      button(t("list.next"), PAGE_SIZE, to >= all),
    );
  }

  private setState(state: ListState): void {
    this.state = state;
    this.changed();
  }
}
