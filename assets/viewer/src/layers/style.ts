/**
 * Colours of the map: classes of building height, and one look for each entity class.
 *
 * They stand in `looks.json`, from which the server makes the styles of its QGIS projects too.
 */

import looks from "./looks.json";

export const SELECTED = "#ff8a00";

export interface HeightClass {
  /** Metres; the class holds heights from here to the next class. */
  from: number;
  color: string;
}

/** 24 m and 100 m are the limits of high-rise and super high-rise in GB 50016 and GB 50352. */
export const HEIGHT_CLASSES: readonly HeightClass[] = looks.heights;

export const NO_HEIGHT = looks.noHeight;

/** How a flat layer is drawn. Colours are opaque: layers lie on each other by height, not by mixing. */
export interface FlatStyle {
  fill?: string;
  line?: string;
  /** Metres on the ground. */
  lineWidthM?: number;
  /** Pixels on the screen; used when there is no width in metres. */
  lineWidthPx?: number;
  point?: string;
  /** Metres above the ground, so that layers do not flicker through each other. */
  liftM: number;
  /** On when the address does not say otherwise. */
  on?: boolean;
}

const CLASS_STYLES: Record<string, FlatStyle | undefined> = looks.classes;

const OTHER: FlatStyle = looks.other;

/** Colours of the second, third… layer of a class: the same look a step away. */
const VARIANTS: readonly string[] = looks.variants;

/**
 * The look of a layer.
 *
 * @param variant How many layers of the same class come before this one.
 */
export function flatStyle(classCode: string, variant: number): FlatStyle {
  const style = { ...(CLASS_STYLES[classCode] ?? OTHER) };
  const color = variant > 0 ? VARIANTS[(variant - 1) % VARIANTS.length] : undefined;
  if (!color || style.lineWidthM) return style;
  if (style.point) style.point = color;
  if (style.line) style.line = color;
  return style;
}

/** The class of a height, null when the height is not known. */
export function heightClass(height: number | null): HeightClass | null {
  if (height === null) return null;
  return HEIGHT_CLASSES.findLast((candidate) => height >= candidate.from) ?? null;
}
