/** Areas as flat polygons of one colour. */

import { BufferPolygon, BufferPolygonMaterial, Color, GeoJsonPrimitive } from "cesium";
import type { Properties } from "../../types";
import { liftPolygons, polygonsOf } from "./shapes";
import { FlatPick, SELECTED_COLOR, type Drawn, type Task } from "./task";

export function drawFills(task: Task, fill: string): Drawn<GeoJsonPrimitive> | null {
  const areas = task.features.filter(({ geometry }) => polygonsOf(geometry).length > 0);
  if (areas.length === 0) return null;
  const features = areas.map((feature) => ({
    ...feature,
    geometry: {
      type: "MultiPolygon",
      coordinates: liftPolygons(feature.geometry, task.height),
    },
  }));
  const picks = new Map(
    areas.map((feature) => [feature.properties, new FlatPick(task.layerId, feature)]),
  );
  const primitive = GeoJsonPrimitive.fromGeoJson(
    { type: "FeatureCollection", features },
    {
      pickObjectFactory: (_index: number, _collection: object, properties: object) =>
        picks.get(properties as Properties) ?? {},
    },
  );
  return { primitive, pieces: paint(primitive, fill) };
}

function paint(primitive: GeoJsonPrimitive, fill: string): Drawn<GeoJsonPrimitive>["pieces"] {
  const plain = new BufferPolygonMaterial({ color: Color.fromCssColorString(fill) });
  const chosen = new BufferPolygonMaterial({ color: SELECTED_COLOR });
  const polygon = new BufferPolygon();
  const count = primitive.polygons?.primitiveCount ?? 0;
  return Array.from({ length: count }, (_, index) => {
    const paintAs = (selected: boolean): void => {
      primitive.polygons?.get(index, polygon);
      polygon.setMaterial(selected ? chosen : plain);
    };
    paintAs(false);
    return { entityId: primitive.properties[polygon.featureId]?.["entity_id"], paint: paintAs };
  });
}
