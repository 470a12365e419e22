/** A flat layer: a collection of OGC API Features, fetched for the view and laid on the ground. */

import type { Scene } from "cesium";
import { fetchFeatures, isAbort } from "../api";
import { Emitter } from "../emitter";
import { reasonOf, t } from "../i18n/index";
import { intersectBounds, snapBounds } from "../map/geo";
import type { Bounds, Collection, Feature } from "../types";
import { draw, FlatPick, type Drawing } from "./draw/index";
import type { LayerStatus, MapLayer, PickedObject } from "./layer";
import { flatStyle } from "./style";

const NEUTRAL = "#888888";

export interface FlatOptions {
  /** Most features that are drawn at once. */
  cap: number;
  /** Metres above the ellipsoid. */
  groundHeight: () => number;
  /** How many layers of the same class come before this one. */
  variant: number;
}

export class FlatLayer implements MapLayer {
  readonly group = "flat" as const;
  readonly changed = new Emitter<void>();
  visible = false;
  status: LayerStatus;
  private drawing: Drawing | null = null;
  private selected: string | null = null;
  private request: AbortController | null = null;
  /** Bounds of the features that are drawn or on their way; `all` is the whole layer. */
  private covered: Bounds | "all" | null = null;
  private view: Bounds | null = null;
  private readonly style;

  constructor(
    private readonly scene: Scene,
    private collection: Collection,
    private readonly options: FlatOptions,
  ) {
    this.style = flatStyle(collection["cim:class"], options.variant);
    this.status = collection.itemCount === 0 ? { kind: "empty" } : { kind: "off" };
  }

  get id(): string {
    return this.collection.id;
  }

  get classCode(): string {
    return this.collection["cim:class"];
  }

  get count(): number {
    return this.collection.itemCount;
  }

  get swatch(): string {
    const { fill, line, point } = this.style;
    if (this.round) return point ?? NEUTRAL;
    const isLine = this.collection["cim:geometryType"].includes("LINE");
    return (isLine ? (line ?? fill) : (fill ?? line)) ?? NEUTRAL;
  }

  get round(): boolean {
    return this.collection["cim:geometryType"].includes("POINT");
  }

  get onByDefault(): boolean {
    return this.style.on ?? false;
  }

  title(): string {
    const title = this.collection.title;
    return this.classCode === "BLDG" && !this.round ? t("layer.footprints", { title }) : title;
  }

  /** The same collection in another language. */
  rename(collection: Collection): void {
    this.collection = collection;
  }

  setVisible(visible: boolean): void {
    this.visible = visible && this.status.kind !== "empty";
    if (this.visible) void this.refresh();
    else this.clear();
    this.changed.emit();
  }

  retry(): void {
    this.covered = null;
    void this.refresh();
  }

  viewChanged(bounds: Bounds | null): void {
    this.view = bounds;
    // What failed is tried again when the user asks, not with every move of the camera.
    if (this.visible && this.status.kind !== "failed") void this.refresh();
  }

  highlight(entityId: string | null): void {
    this.selected = entityId;
    this.drawing?.highlight(entityId);
    this.scene.requestRender();
  }

  identify(picked: unknown): PickedObject | null {
    if (!(picked instanceof FlatPick) || picked.layerId !== this.id) return null;
    const { properties } = picked.feature;
    const entityId = properties["entity_id"];
    if (typeof entityId !== "string") return null;
    const name = properties[this.collection["cim:nameField"] ?? ""];
    const height = properties[this.collection["cim:heightField"] ?? ""];
    return {
      entityId,
      name: typeof name === "string" && name !== "" ? name : null,
      heightM: typeof height === "number" ? height : null,
      layerId: this.id,
    };
  }

  /** Fetches and draws what the view needs; does nothing when that is drawn already. */
  async refresh(): Promise<void> {
    const wanted = this.wantedBounds();
    if (wanted === null || this.covers(wanted)) return;
    this.request?.abort();
    this.covered = wanted;
    const request = new AbortController();
    this.request = request;
    this.setStatus({ kind: "loading" });
    try {
      const bounds = wanted === "all" ? undefined : wanted;
      const found = await fetchFeatures(this.id, this.options.cap, bounds, request.signal);
      this.show(found.features);
      const shown = found.features.length;
      this.setStatus({ kind: "ready", shown, capped: found.matched > shown });
    } catch (error) {
      if (isAbort(error)) return;
      this.covered = null;
      this.setStatus({ kind: "failed", reason: reasonOf(error) });
    }
  }

  /** The whole layer when it is small, else the part of it in the view. */
  private wantedBounds(): Bounds | "all" | null {
    if (this.count <= this.options.cap) return "all";
    const extent = this.collection.extent?.spatial?.bbox?.[0];
    const view = this.view && snapBounds(this.view);
    if (!view || !extent) return view ?? extent ?? "all";
    return intersectBounds(view, extent);
  }

  private covers(wanted: Bounds | "all"): boolean {
    if (this.covered === null || this.covered === "all" || wanted === "all")
      return this.covered === "all";
    return this.covered.every((value, side) => value === wanted[side]);
  }

  private show(features: Feature[]): void {
    this.removePrimitives();
    const height = this.options.groundHeight() + this.style.liftM;
    this.drawing = draw({ layerId: this.id, features, style: this.style, height });
    for (const primitive of this.drawing.primitives) this.scene.primitives.add(primitive);
    this.drawing.highlight(this.selected);
    this.scene.requestRender();
  }

  private clear(): void {
    this.request?.abort();
    this.removePrimitives();
    this.covered = null;
    if (this.status.kind !== "empty") this.setStatus({ kind: "off" });
    this.scene.requestRender();
  }

  private removePrimitives(): void {
    for (const primitive of this.drawing?.primitives ?? []) this.scene.primitives.remove(primitive);
    this.drawing = null;
  }

  private setStatus(status: LayerStatus): void {
    this.status = status;
    this.changed.emit();
  }
}
