/** The parts of GeoJSON geometries, and flat shapes made from them. */

import type { Geometry, Position } from "../../types";

/** Polygons with every corner at `height`. */
export function liftPolygons(geometry: Geometry | null, height: number): number[][][][] {
  return polygonsOf(geometry).map((rings) =>
    rings.map((ring) => ring.map(([lon, lat]) => [lon, lat, height])),
  );
}

export function polygonsOf(geometry: Geometry | null): Position[][][] {
  if (geometry?.type === "Polygon") return [geometry.coordinates];
  if (geometry?.type === "MultiPolygon") return geometry.coordinates;
  if (geometry?.type === "GeometryCollection") return geometry.geometries.flatMap(polygonsOf);
  return [];
}

/** Lines, and the outlines of areas. */
export function linesOf(geometry: Geometry | null): Position[][] {
  return [...pathsOf(geometry), ...polygonsOf(geometry).flat()];
}

/** Lines only. */
export function pathsOf(geometry: Geometry | null): Position[][] {
  if (geometry?.type === "LineString") return [geometry.coordinates];
  if (geometry?.type === "MultiLineString") return geometry.coordinates;
  if (geometry?.type === "GeometryCollection") return geometry.geometries.flatMap(pathsOf);
  return [];
}

export function pointsOf(geometry: Geometry | null): Position[] {
  if (geometry?.type === "Point") return [geometry.coordinates];
  if (geometry?.type === "MultiPoint") return geometry.coordinates;
  if (geometry?.type === "GeometryCollection") return geometry.geometries.flatMap(pointsOf);
  return [];
}

export interface Ribbon {
  /** Four for each stretch: left and right of its start, right and left of its end. */
  corners: Position[];
  /** Three indices of `corners` for each triangle. */
  triangles: Uint32Array;
}

const METRES_PER_DEGREE = 111_320;

/** A path as a flat band of `width` metres, bends bevelled, ends longer by half the width. */
export function ribbon(line: Position[], width: number): Ribbon {
  const shrink = Math.cos(((line[0]?.[1] ?? 0) * Math.PI) / 180);
  const path = withoutTinySteps(line, shrink);
  const half = width / 2 / METRES_PER_DEGREE;
  const corners: Position[] = [];
  const triangles: number[] = [];
  for (let index = 0; index + 1 < path.length; index++) {
    const [from, to] = [path[index], path[index + 1]] as [Position, Position];
    const [dx, dy] = [(to[0] - from[0]) * shrink, to[1] - from[1]];
    const length = Math.hypot(dx, dy);
    const [ahead, aside] = [along(dx, dy, half / length, shrink), along(-dy, dx, half / length, shrink)];
    const start = corners.length;
    corners.push(
      moved(from, ahead, index === 0 ? -1 : 0, aside, 1),
      moved(from, ahead, index === 0 ? -1 : 0, aside, -1),
      moved(to, ahead, index + 2 === path.length ? 1 : 0, aside, -1),
      moved(to, ahead, index + 2 === path.length ? 1 : 0, aside, 1),
    );
    triangles.push(start, start + 1, start + 2, start, start + 2, start + 3);
    // Between the stretches: one of the two triangles fills the bend, the other lies in the band.
    if (start > 0) triangles.push(start - 1, start - 2, start, start - 2, start + 1, start);
  }
  return { corners, triangles: new Uint32Array(triangles) };
}

/** Steps shorter than this are not seen; millimetre ones lose the WebGL context of SwiftShader. */
const LEAST_STEP_M = 0.1;

/** A path without corners that follow the one before too closely; its end stays. */
function withoutTinySteps(line: Position[], shrink: number): Position[] {
  const kept: Position[] = [];
  for (const place of line) {
    const last = kept.at(-1);
    if (last === undefined || stepM(last, place, shrink) >= LEAST_STEP_M) kept.push(place);
    else if (place === line.at(-1) && kept.length > 1) kept[kept.length - 1] = place;
  }
  return kept;
}

function stepM(from: Position, to: Position, shrink: number): number {
  return Math.hypot((to[0] - from[0]) * shrink, to[1] - from[1]) * METRES_PER_DEGREE;
}

function along(dx: number, dy: number, scale: number, shrink: number): [number, number] {
  return [(dx * scale) / shrink, dy * scale];
}

function moved(
  [lon, lat]: Position,
  ahead: [number, number],
  aheadSteps: number,
  aside: [number, number],
  asideSteps: number,
): Position {
  return [
    lon + ahead[0] * aheadSteps + aside[0] * asideSteps,
    lat + ahead[1] * aheadSteps + aside[1] * asideSteps,
  ];
}
