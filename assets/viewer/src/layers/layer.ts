/** What the page knows of a layer, whatever draws it. */

import type { Bounds, Storey } from "../types";

export type LayerStatus =
  | { kind: "off" }
  | { kind: "loading" }
  | { kind: "ready"; shown: number; capped: boolean }
  | { kind: "failed"; reason: string }
  | { kind: "empty" };

export interface MapLayer {
  readonly id: string;
  readonly group: "city" | "flat";
  /** CSS background of the swatch. */
  readonly swatch: string;
  readonly round: boolean;
  readonly count: number | null;
  readonly visible: boolean;
  readonly status: LayerStatus;
  /** Storeys of a building model from the lowest; a layer of other things has none. */
  readonly storeys?: readonly Storey[];
  /** Number of the storey above which a model is cut away, null when it is whole. */
  readonly cut?: number | null;
  title(): string;
  setVisible(visible: boolean): void;
  /** Loads again after a failure. */
  retry(): void;
  /** Draws the object with this entity id in the selection colour, and no other. */
  highlight(entityId: string | null): void;
  /** Cuts a building model open above a storey; null makes it whole. */
  cutAbove?(storey: number | null): void;
  /** The picture shows other ground now. */
  viewChanged(bounds: Bounds | null): void;
}

/** What lies under a pixel. */
export interface PickedObject {
  entityId: string;
  name: string | null;
  heightM: number | null;
  layerId: string;
}
