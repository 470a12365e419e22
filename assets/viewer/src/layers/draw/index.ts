/** From features to what is drawn of them, with a way to recolour one. */

import { drawFills } from "./fills";
import { drawLines } from "./lines";
import { drawPoints } from "./points";
import { drawRibbons } from "./ribbons";
import type { Task } from "./task";

export { FlatPick } from "./task";

/** Outlines lie a little above the areas they go round. */
const OUTLINE_LIFT_M = 0.4;

export type Drawing = ReturnType<typeof draw>;

/** Draws features in the layer's style; features without geometry are left out. */
export function draw(task: Task) {
  const shown = { ...task, features: task.features.filter(({ geometry }) => geometry !== null) };
  const all = drawAll(shown).filter((drawn) => drawn !== null);
  const byEntity = Map.groupBy(
    all.flatMap(({ pieces }) => pieces),
    ({ entityId }) => entityId,
  );
  let painted: string | null = null;
  return {
    primitives: all.map(({ primitive }) => primitive),
    highlight(entityId: string | null): void {
      if (painted !== null) byEntity.get(painted)?.forEach((piece) => piece.paint(false));
      if (entityId !== null) byEntity.get(entityId)?.forEach((piece) => piece.paint(true));
      painted = entityId;
    },
  };
}

function drawAll(task: Task) {
  const { fill, line, lineWidthM, point } = task.style;
  const outlines = { ...task, height: task.height + OUTLINE_LIFT_M };
  return [
    fill ? drawFills(task, fill) : null,
    line && lineWidthM ? drawRibbons(task, line, lineWidthM) : null,
    line && !lineWidthM ? drawLines(outlines, line) : null,
    point ? drawPoints(task, point) : null,
  ];
}
