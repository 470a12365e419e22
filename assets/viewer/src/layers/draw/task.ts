/** What every way of drawing takes and gives. */

import { Cartesian3, Color } from "cesium";
import type { Feature, Position } from "../../types";
import { SELECTED, type FlatStyle } from "../style";

/** What a pick of a flat layer gives back. */
export class FlatPick {
  constructor(
    readonly layerId: string,
    readonly feature: Feature,
  ) {}
}

export interface Task {
  layerId: string;
  /** All have a geometry. */
  features: Feature[];
  style: FlatStyle;
  /** Metres above the ellipsoid. */
  height: number;
}

/** One piece of what was drawn; a feature has one or more. */
export interface Piece {
  entityId: unknown;
  paint(selected: boolean): void;
}

export interface Drawn<Primitive> {
  primitive: Primitive;
  pieces: Piece[];
}

export const SELECTED_COLOR = Color.fromCssColorString(SELECTED);

/** Positions at `height` on the Earth: x, y, z of each in turn. */
export function pack(positions: Position[], height: number): Float64Array {
  const values = positions.flatMap(([lon, lat]) => {
    const { x, y, z } = Cartesian3.fromDegrees(lon, lat, height);
    return [x, y, z];
  });
  return new Float64Array(values);
}
