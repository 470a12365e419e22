/** Lines and outlines of areas, as wide in pixels at any distance. */

import {
  BlendOption,
  BufferPolyline,
  BufferPolylineCollection,
  BufferPolylineMaterial,
  Color,
} from "cesium";
import { linesOf } from "./shapes";
import { FlatPick, SELECTED_COLOR, pack, type Drawn, type Task } from "./task";

export function drawLines(task: Task, color: string): Drawn<BufferPolylineCollection> | null {
  const lines = task.features.flatMap((feature) =>
    linesOf(feature.geometry).map((positions) => ({ feature, positions })),
  );
  if (lines.length === 0) return null;
  const primitive = new BufferPolylineCollection({
    primitiveCountMax: lines.length,
    vertexCountMax: lines.reduce((sum, { positions }) => sum + positions.length, 0),
    allowPicking: true,
    blendOption: BlendOption.OPAQUE,
  });
  const width = task.style.lineWidthPx ?? 1;
  const plain = new BufferPolylineMaterial({ color: Color.fromCssColorString(color), width });
  const chosen = new BufferPolylineMaterial({ color: SELECTED_COLOR, width: Math.max(3, width) });
  const line = new BufferPolyline();
  const pieces = lines.map(({ feature, positions }, index) => {
    const pickObject = new FlatPick(task.layerId, feature);
    primitive.add({ positions: pack(positions, task.height), material: plain, pickObject }, line);
    const paint = (selected: boolean): void => {
      primitive.get(index, line);
      line.setMaterial(selected ? chosen : plain);
    };
    return { entityId: feature.properties["entity_id"], paint };
  });
  return { primitive, pieces };
}
