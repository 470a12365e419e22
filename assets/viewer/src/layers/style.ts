/** Colours of the map: classes of building height, and one look for each entity class. */

export const SELECTED = "#ff8a00";

export interface HeightClass {
  /** Metres; the class holds heights from here to the next class. */
  from: number;
  color: string;
}

/** 24 m and 100 m are the limits of high-rise and super high-rise in GB 50016 and GB 50352. */
export const HEIGHT_CLASSES: readonly HeightClass[] = [
  { from: 0, color: "#f4f7f9" },
  { from: 10, color: "#cfe0ec" },
  { from: 24, color: "#8dbadb" },
  { from: 50, color: "#4a8fc4" },
  { from: 100, color: "#1d5c9c" },
];

export const NO_HEIGHT = "#d9d4cc";

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

const CLASS_STYLES: Record<string, FlatStyle> = {
  PARC: { fill: "#f5f1e6", line: "#d9cfb8", lineWidthPx: 1.5, liftM: 0.3 },
  GREN: { fill: "#cbe5c0", liftM: 0.8, on: true },
  VEGT: { fill: "#b7d9a8", point: "#4c9a4a", line: "#8cbf7c", lineWidthPx: 1.5, liftM: 0.8 },
  WATR: { fill: "#a5d0e6", liftM: 1.2, on: true },
  ROAD: { line: "#ffffff", lineWidthM: 10, fill: "#ffffff", liftM: 1.6, on: true },
  BRDG: { line: "#d8d2c4", lineWidthM: 10, fill: "#e2dccf", liftM: 1.6, on: true },
  TUNL: { line: "#b9b2a6", lineWidthPx: 3, fill: "#d4cec3", liftM: 1.5 },
  PIPE: { line: "#b0554b", lineWidthPx: 1.5, point: "#b0554b", fill: "#e9c4bf", liftM: 1.8 },
  BLDG: { fill: "#c3d3df", line: "#7f9db3", lineWidthPx: 1.5, point: "#3f7fb5", liftM: 1.7 },
  DIVN: { line: "#7a5aa6", lineWidthPx: 2.5, liftM: 2 },
  DOOR: { point: "#c2570c", liftM: 2 },
  DEVC: { point: "#0a8f6c", liftM: 2 },
  FURN: { point: "#8a6d00", line: "#8a6d00", lineWidthPx: 2, fill: "#e6d9a5", liftM: 2 },
};

const OTHER: FlatStyle = {
  fill: "#d9d3e6",
  line: "#6d5f93",
  lineWidthPx: 2,
  point: "#6d5f93",
  liftM: 1.2,
};

/** Colours of the second, third… layer of a class: the same look a step away. */
const VARIANTS: readonly string[] = ["#c0568a", "#3d7d8f", "#8f6b2e", "#5a6472"];

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
