/** From features to what is drawn: flat polygons, lines with a width, points. */

import {
  BlendOption,
  BufferPolygon,
  BufferPolygonCollection,
  BufferPolygonMaterial,
  BufferPolyline,
  BufferPolylineCollection,
  BufferPolylineMaterial,
  Cartesian3,
  Color,
  GeoJsonPrimitive,
  NearFarScalar,
  PointPrimitiveCollection,
} from "cesium";
import type { Feature, Position } from "../types";
import { liftPolygons, linesOf, pathsOf, pointsOf, polygonsOf, ribbon } from "./parts";
import { SELECTED, type FlatStyle } from "./style";

const OUTLINE_LIFT_M = 0.4;

/** Points are whole up to 600 m from the eye and shrink to less than half at 5 km. */
const POINT_SCALE = new NearFarScalar(600, 1, 5000, 0.4);

/** What a pick of a flat layer gives back. */
export class FlatPick {
  constructor(
    readonly layerId: string,
    readonly feature: Feature,
  ) {}
}

/** Everything that was drawn for one layer, with a way to recolour one feature. */
export interface Drawing {
  primitives: (
    | GeoJsonPrimitive
    | BufferPolygonCollection
    | BufferPolylineCollection
    | PointPrimitiveCollection
  )[];
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
  if (style.line && style.lineWidthM) push(drawRibbons(layerId, drawn, style, style.line, height, parts));
  else if (style.line) push(drawLines(layerId, drawn, style, style.line, height + OUTLINE_LIFT_M, parts));
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
  const areas = features.filter((feature) => polygonsOf(feature.geometry).length > 0);
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
  const collection = new BufferPolylineCollection({
    primitiveCountMax: runs.length,
    vertexCountMax: runs.reduce((sum, run) => sum + run.positions.length, 0),
    allowPicking: true,
    blendOption: BlendOption.OPAQUE,
  });
  const width = style.lineWidthPx ?? 1;
  const plain = new BufferPolylineMaterial({ color: Color.fromCssColorString(line), width });
  const selected = new BufferPolylineMaterial({
    color: Color.fromCssColorString(SELECTED),
    width: Math.max(3, width),
  });
  const polyline = new BufferPolyline();
  runs.forEach(({ feature, positions }, index) => {
    const pickObject = new FlatPick(layerId, feature);
    collection.add({ positions: pack(positions, height), material: plain, pickObject }, polyline);
    parts.push({
      entityId: feature.properties["entity_id"],
      paint(isSelected) {
        collection.get(index, polyline);
        polyline.setMaterial(isSelected ? selected : plain);
      },
    });
  });
  return collection;
}

/**
 * Roads as wide as they are on the ground, as flat ribbons. Cesium's lines can be wide in metres
 * too, but such a line that passes behind the camera fills the picture (CesiumJS 1.145).
 */
function drawRibbons(
  layerId: string,
  features: Feature[],
  style: FlatStyle,
  color: string,
  height: number,
  parts: Part[],
): BufferPolygonCollection | null {
  const ribbons = features.flatMap((feature) =>
    pathsOf(feature.geometry).map((path) => ({ feature, ...ribbon(path, widthOf(feature, style)) })),
  );
  if (ribbons.length === 0) return null;
  const collection = new BufferPolygonCollection({
    primitiveCountMax: ribbons.length,
    vertexCountMax: ribbons.reduce((sum, { corners }) => sum + corners.length, 0),
    triangleCountMax: ribbons.reduce((sum, { triangles }) => sum + triangles.length / 3, 0),
    holeCountMax: 0,
    allowPicking: true,
  });
  const plain = new BufferPolygonMaterial({ color: Color.fromCssColorString(color) });
  const selected = new BufferPolygonMaterial({ color: Color.fromCssColorString(SELECTED) });
  const polygon = new BufferPolygon();
  ribbons.forEach(({ feature, corners, triangles }, index) => {
    const positions = pack(corners, height);
    const pickObject = new FlatPick(layerId, feature);
    collection.add({ positions, triangles, material: plain, pickObject }, polygon);
    parts.push({
      entityId: feature.properties["entity_id"],
      paint(isSelected) {
        collection.get(index, polygon);
        polygon.setMaterial(isSelected ? selected : plain);
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
      scaleByDistance: POINT_SCALE,
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

/** Positions at `height` on the Earth: x, y, z of each in turn. */
function pack(positions: Position[], height: number): Float64Array {
  const values = positions.flatMap(([lon, lat]) => {
    const { x, y, z } = Cartesian3.fromDegrees(lon, lat, height);
    return [x, y, z];
  });
  return new Float64Array(values);
}
