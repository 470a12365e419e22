/** Small geometry on the ellipsoid: bounds, spheres, haze. Degrees CGCS2000, metres. */

import { BoundingSphere, Cartesian3, Cartographic, Matrix4 } from "cesium";
import type { Bounds, Geometry, Position, TilesetRoot } from "../types";

const METRES_PER_DEGREE = 111_320;

export function unionBounds(all: (Bounds | null | undefined)[]): Bounds | null {
  const some = all.filter((bounds): bounds is Bounds => Boolean(bounds));
  if (some.length === 0) return null;
  return [
    Math.min(...some.map((bounds) => bounds[0])),
    Math.min(...some.map((bounds) => bounds[1])),
    Math.max(...some.map((bounds) => bounds[2])),
    Math.max(...some.map((bounds) => bounds[3])),
  ];
}

export function intersectBounds(a: Bounds, b: Bounds): Bounds | null {
  const [west, south] = [Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  const [east, north] = [Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return west <= east && south <= north ? [west, south, east, north] : null;
}

/** Bounds a little larger, on a grid as coarse as themselves: near views have the same. */
export function snapBounds([west, south, east, north]: Bounds): Bounds {
  const step = 2 ** Math.floor(Math.log2(Math.max(east - west, north - south, 1e-5) / 4));
  const down = (value: number): number => Math.floor(value / step) * step;
  const up = (value: number): number => Math.ceil(value / step) * step;
  return [down(west), down(south), up(east), up(north)];
}

/** Metres from corner to corner, good enough for choosing a camera distance. */
export function diagonalMetres([west, south, east, north]: Bounds): number {
  const shrink = Math.cos(((south + north) / 2) * (Math.PI / 180));
  return Math.hypot((east - west) * shrink, north - south) * METRES_PER_DEGREE;
}

export function centreOf([west, south, east, north]: Bounds): [number, number] {
  return [(west + east) / 2, (south + north) / 2];
}

/** A sphere around the bounds at `height` metres, of at least `minRadius` metres. */
export function sphereOf(bounds: Bounds, height: number, minRadius: number): BoundingSphere {
  const [lon, lat] = centreOf(bounds);
  const centre = Cartesian3.fromDegrees(lon, lat, height);
  return new BoundingSphere(centre, Math.max(diagonalMetres(bounds) / 2, minRadius));
}

/** Lowest height of a tile's volume, metres above the ellipsoid; null for a sphere, which says little. */
export function lowestHeight(root: TilesetRoot): number | null {
  const { region, box } = root.boundingVolume;
  if (region) return region[4] ?? null;
  if (!box || box.length !== 12) return null;
  const toWorld = root.transform ? Matrix4.fromArray(root.transform) : Matrix4.IDENTITY;
  const corner = (signs: number): number => {
    const local = Cartesian3.fromArray(box);
    for (const axis of [0, 1, 2]) {
      const half = Cartesian3.fromArray(box, 3 + 3 * axis);
      Cartesian3.multiplyByScalar(half, signs & (1 << axis) ? 1 : -1, half);
      Cartesian3.add(local, half, local);
    }
    return Cartographic.fromCartesian(Matrix4.multiplyByPoint(toWorld, local, local)).height;
  };
  return Math.min(...[0, 1, 2, 3, 4, 5, 6, 7].map(corner));
}

/** Every position of a geometry, rings and parts alike. */
export function* positionsOf(geometry: Geometry): Generator<Position> {
  if (geometry.type === "GeometryCollection") {
    for (const part of geometry.geometries) yield* positionsOf(part);
  } else yield* flatten(geometry.coordinates);
}

function* flatten(coordinates: unknown): Generator<Position> {
  if (!Array.isArray(coordinates)) return;
  if (typeof coordinates[0] === "number") yield coordinates as Position;
  else for (const part of coordinates) yield* flatten(part);
}
