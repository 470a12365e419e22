/**
 * Roads as wide as they are on the ground, as flat ribbons. Cesium's lines can be wide in metres
 * too, but such a line that passes behind the camera fills the picture (CesiumJS 1.145).
 */

import { BufferPolygon, BufferPolygonCollection, BufferPolygonMaterial, Color } from "cesium";
import type { Feature } from "../../types";
import { pathsOf, ribbon } from "./shapes";
import { FlatPick, SELECTED_COLOR, pack, type Drawn, type Task } from "./task";

const MOST_METRES = 200;

export function drawRibbons(
  task: Task,
  color: string,
  widthM: number,
): Drawn<BufferPolygonCollection> | null {
  const ribbons = task.features
    .flatMap((feature) =>
      pathsOf(feature.geometry).map((path) => ({ feature, ...ribbon(path, widthOf(feature, widthM)) })),
    )
    .filter(({ corners }) => corners.length > 0);
  if (ribbons.length === 0) return null;
  const primitive = new BufferPolygonCollection({
    primitiveCountMax: ribbons.length,
    vertexCountMax: ribbons.reduce((sum, { corners }) => sum + corners.length, 0),
    triangleCountMax: ribbons.reduce((sum, { triangles }) => sum + triangles.length / 3, 0),
    holeCountMax: 0,
    allowPicking: true,
  });
  const plain = new BufferPolygonMaterial({ color: Color.fromCssColorString(color) });
  const chosen = new BufferPolygonMaterial({ color: SELECTED_COLOR });
  const polygon = new BufferPolygon();
  const pieces = ribbons.map(({ feature, corners, triangles }, index) => {
    const positions = pack(corners, task.height);
    const pickObject = new FlatPick(task.layerId, feature);
    primitive.add({ positions, triangles, material: plain, pickObject }, polygon);
    const paint = (selected: boolean): void => {
      primitive.get(index, polygon);
      polygon.setMaterial(selected ? chosen : plain);
    };
    return { entityId: feature.properties["entity_id"], paint };
  });
  return { primitive, pieces };
}

/** The width a road states itself wins over the class's. */
function widthOf(feature: Feature, otherwise: number): number {
  const own = Number(feature.properties["width_m"] ?? feature.properties["width"]);
  return own > 0 && own < MOST_METRES ? own : otherwise;
}
