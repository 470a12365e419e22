/** Points as discs that nothing hides. */

import { Cartesian3, Color, NearFarScalar, PointPrimitiveCollection } from "cesium";
import { pointsOf } from "./shapes";
import { FlatPick, SELECTED_COLOR, type Drawn, type Task } from "./task";

const SIZE_PX = 8;
const SELECTED_SIZE_PX = 14;

/** Whole up to 600 m from the eye, less than half from 5 km on. */
const SCALE = new NearFarScalar(600, 1, 5000, 0.4);

export function drawPoints(task: Task, color: string): Drawn<PointPrimitiveCollection> | null {
  const places = task.features.flatMap((feature) =>
    pointsOf(feature.geometry).map((position) => ({ feature, position })),
  );
  if (places.length === 0) return null;
  const primitive = new PointPrimitiveCollection();
  const plain = Color.fromCssColorString(color);
  // Darker than the disc: white rings would cover the discs where points are dense.
  const edge = plain.darken(0.35, new Color());
  const pieces = places.map(({ feature, position: [lon, lat] }) => {
    const point = primitive.add({
      position: Cartesian3.fromDegrees(lon, lat, task.height),
      color: plain,
      outlineColor: edge,
      outlineWidth: 1,
      pixelSize: SIZE_PX,
      // A door plate stands on its house: do not let the house hide it.
      disableDepthTestDistance: Infinity,
      scaleByDistance: SCALE,
      id: new FlatPick(task.layerId, feature),
    });
    const paint = (selected: boolean): void => {
      point.color = selected ? SELECTED_COLOR : plain;
      point.pixelSize = selected ? SELECTED_SIZE_PX : SIZE_PX;
    };
    return { entityId: feature.properties["entity_id"], paint };
  });
  return { primitive, pieces };
}
