/** From features to what is drawn: flat polygons, lines with a width, points. */

import {
  BlendOption,
  BufferPolygon,
  BufferPolygonMaterial,
  BufferPolyline,
  BufferPolylineCollection,
  BufferPolylineMaterial,
  Cartesian3,
  Color,
  ComponentDatatype,
  GeoJsonPrimitive,
  Matrix4,
  PointPrimitiveCollection,
  Transforms,
} from "cesium";
import type { Feature, Geometry, Position } from "../types";
import { SELECTED, type FlatStyle } from "./style";

const OUTLINE_LIFT_M = 0.4;

/** What a pick of a flat layer gives back. */
export class FlatPick {
  constructor(
    readonly layerId: string,
    readonly feature: Feature,
  ) {}
}

/** Everything that was drawn for one layer, with a way to recolour one feature. */
export interface Drawing {
  primitives: (GeoJsonPrimitive | BufferPolylineCollection | PointPrimitiveCollection)[];
  highlight(entityId: string | null): void;
}

interface Part {
  entityId: unknown;
  paint(selected: boolean): void;
}

export function draw(
  layerId: string,
  features: Feature[],
  style: FlatStyle,
  groundHeight: number,
): Drawing {
  const height = groundHeight + style.liftM;
  const drawn = features.filter((feature) => feature.geometry !== null);
  const parts: Part[] = [];
  const primitives: Drawing["primitives"] = [];
  const push = (primitive: Drawing["primitives"][number] | null): void => {
    if (primitive) primitives.push(primitive);
  };
  if (style.fill) push(drawFills(layerId, drawn, style.fill, height, parts));
  if (style.line) push(drawLines(layerId, drawn, style, style.line, height + OUTLINE_LIFT_M, parts));
  if (style.point) push(drawPoints(layerId, drawn, style.point, height, parts));
  const byEntity = Map.groupBy(parts, (part) => part.entityId);
  let painted: string | null = null;
  return {
    primitives,
    highlight(entityId) {
      if (painted !== null) byEntity.get(painted)?.forEach((part) => part.paint(false));
      if (entityId !== null) byEntity.get(entityId)?.forEach((part) => part.paint(true));
      painted = entityId;
    },
  };
}

function drawFills(
  layerId: string,
  features: Feature[],
  fill: string,
  height: number,
  parts: Part[],
): GeoJsonPrimitive | null {
  const areas = features.filter((feature) => ringsOf(feature.geometry).length > 0);
  if (areas.length === 0) return null;
  const lifted = areas.map((feature) => ({
    ...feature,
    geometry: { type: "MultiPolygon", coordinates: liftPolygons(feature.geometry, height) },
  }));
  const bySource = new Map(areas.map((feature) => [feature.properties, feature]));
  const primitive = GeoJsonPrimitive.fromGeoJson(
    { type: "FeatureCollection", features: lifted },
    {
      pickObjectFactory: (_index: number, _collection: object, properties: object) => {
        const feature = bySource.get(properties as Feature["properties"]);
        return feature ? new FlatPick(layerId, feature) : {};
      },
    },
  );
  const plain = new BufferPolygonMaterial({ color: Color.fromCssColorString(fill) });
  const selected = new BufferPolygonMaterial({ color: Color.fromCssColorString(SELECTED) });
  const polygon = new BufferPolygon();
  for (let index = 0; index < (primitive.polygons?.primitiveCount ?? 0); index++) {
    primitive.polygons?.get(index, polygon);
    polygon.setMaterial(plain);
    parts.push({
      entityId: primitive.properties[polygon.featureId]?.["entity_id"],
      paint(isSelected) {
        primitive.polygons?.get(index, polygon);
        polygon.setMaterial(isSelected ? selected : plain);
      },
    });
  }
  return primitive;
}

function drawLines(
  layerId: string,
  features: Feature[],
  style: FlatStyle,
  line: string,
  height: number,
  parts: Part[],
): BufferPolylineCollection | null {
  const runs = features.flatMap((feature) =>
    linesOf(feature.geometry).map((positions) => ({ feature, positions })),
  );
  if (runs.length === 0) return null;
  // In CesiumJS 1.145 a width in metres is right only for positions in a local frame of floats.
  const origin = runs[0]?.positions[0] ?? [0, 0];
  const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(origin[0], origin[1]));
  const collection = new BufferPolylineCollection({
    modelMatrix: frame,
    positionDatatype: ComponentDatatype.FLOAT,
    primitiveCountMax: runs.length,
    vertexCountMax: runs.reduce((sum, run) => sum + run.positions.length, 0),
    allowPicking: true,
    blendOption: BlendOption.OPAQUE,
    widthUnits: style.lineWidthM ? "meters" : "pixels",
  });
  const material = (color: string, feature: Feature): BufferPolylineMaterial =>
    new BufferPolylineMaterial({
      color: Color.fromCssColorString(color),
      width: widthOf(feature, style),
    });
  const polyline = new BufferPolyline();
  const toLocal = Matrix4.inverseTransformation(frame, new Matrix4());
  runs.forEach(({ feature, positions }, index) => {
    const plain = material(line, feature);
    const pickObject = new FlatPick(layerId, feature);
    const local = pack(positions, height, toLocal);
    collection.add({ positions: local, material: plain, pickObject }, polyline);
    parts.push({
      entityId: feature.properties["entity_id"],
      paint(isSelected) {
        collection.get(index, polyline);
        polyline.setMaterial(isSelected ? material(SELECTED, feature) : plain);
      },
    });
  });
  return collection;
}

function drawPoints(
  layerId: string,
  features: Feature[],
  color: string,
  height: number,
  parts: Part[],
): PointPrimitiveCollection | null {
  const places = features.flatMap((feature) =>
    pointsOf(feature.geometry).map((position) => ({ feature, position })),
  );
  if (places.length === 0) return null;
  const collection = new PointPrimitiveCollection();
  for (const { feature, position } of places) {
    const point = collection.add({
      position: Cartesian3.fromDegrees(position[0], position[1], height),
      color: Color.fromCssColorString(color),
      outlineColor: Color.WHITE,
      outlineWidth: 1.5,
      pixelSize: 8,
      // A door plate stands on its house: do not let the house hide it.
      disableDepthTestDistance: Infinity,
      id: new FlatPick(layerId, feature),
    });
    parts.push({
      entityId: feature.properties["entity_id"],
      paint(isSelected) {
        point.color = Color.fromCssColorString(isSelected ? SELECTED : color);
        point.pixelSize = isSelected ? 14 : 8;
      },
    });
  }
  return collection;
}

/** The width a road states itself wins over the class's. */
function widthOf(feature: Feature, style: FlatStyle): number {
  if (!style.lineWidthM) return style.lineWidthPx ?? 1;
  const own = Number(feature.properties["width_m"] ?? feature.properties["width"]);
  return own > 0 && own < 200 ? own : style.lineWidthM;
}

/** Positions at `height` in a local frame: x, y, z of each in turn. */
function pack(positions: Position[], height: number, toLocal: Matrix4): Float32Array {
  const values = positions.flatMap(([lon, lat]) => {
    const place = Cartesian3.fromDegrees(lon, lat, height);
    const { x, y, z } = Matrix4.multiplyByPoint(toLocal, place, place);
    return [x, y, z];
  });
  return new Float32Array(values);
}

function liftPolygons(geometry: Geometry | null, height: number): number[][][][] {
  return polygonsOf(geometry).map((rings) =>
    rings.map((ring) => ring.map(([lon, lat]) => [lon, lat, height])),
  );
}

function polygonsOf(geometry: Geometry | null): Position[][][] {
  if (geometry?.type === "Polygon") return [geometry.coordinates];
  if (geometry?.type === "MultiPolygon") return geometry.coordinates;
  if (geometry?.type === "GeometryCollection") return geometry.geometries.flatMap(polygonsOf);
  return [];
}

function ringsOf(geometry: Geometry | null): Position[][] {
  return polygonsOf(geometry).flat();
}

/** Lines, and the outlines of areas. */
function linesOf(geometry: Geometry | null): Position[][] {
  if (geometry?.type === "LineString") return [geometry.coordinates];
  if (geometry?.type === "MultiLineString") return geometry.coordinates;
  if (geometry?.type === "GeometryCollection") return geometry.geometries.flatMap(linesOf);
  return ringsOf(geometry);
}

function pointsOf(geometry: Geometry | null): Position[] {
  if (geometry?.type === "Point") return [geometry.coordinates];
  if (geometry?.type === "MultiPoint") return geometry.coordinates;
  if (geometry?.type === "GeometryCollection") return geometry.geometries.flatMap(pointsOf);
  return [];
}
