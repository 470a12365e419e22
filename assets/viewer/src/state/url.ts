/** The address is the state: camera, layers, selection and language live in the hash. */

import type { Lang } from "../types";

export interface CameraState {
  lon: number;
  lat: number;
  /** Metres above the ellipsoid. */
  height: number;
  /** Degrees clockwise from north. */
  heading: number;
  /** Degrees, -90 looks straight down. */
  pitch: number;
}

export interface UrlState {
  camera?: CameraState;
  /** Ids of the layers that are on; absent means the defaults. */
  layers?: string[];
  selection?: string;
  lang?: Lang;
}

/** Reads `#c=lon,lat,height,heading,pitch&l=id,id&sel=ENTITY&lang=zh`; parts that do not parse are left out. */
export function parseHash(hash: string): UrlState {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const state: UrlState = {};
  const camera = parseCamera(params.get("c"));
  if (camera) state.camera = camera;
  const layers = params.get("l");
  if (layers !== null) state.layers = layers.split(",").filter(Boolean);
  const selection = params.get("sel");
  if (selection) state.selection = selection;
  const lang = params.get("lang");
  if (lang === "zh" || lang === "en") state.lang = lang;
  return state;
}

export function formatHash(state: UrlState): string {
  const parts: string[] = [];
  if (state.camera) parts.push(`c=${formatCamera(state.camera)}`);
  if (state.layers) parts.push(`l=${state.layers.map(encodeURIComponent).join(",")}`);
  if (state.selection) parts.push(`sel=${encodeURIComponent(state.selection)}`);
  if (state.lang) parts.push(`lang=${state.lang}`);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

function parseCamera(text: string | null): CameraState | undefined {
  const numbers = (text ?? "").split(",").map(Number);
  if (numbers.length !== 5 || !numbers.every(Number.isFinite)) return undefined;
  const [lon, lat, height, heading, pitch] = numbers as [number, number, number, number, number];
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90 || Math.abs(pitch) > 90) return undefined;
  return { lon, lat, height, heading, pitch };
}

function formatCamera(camera: CameraState): string {
  const { lon, lat, height, heading, pitch } = camera;
  return [lon.toFixed(6), lat.toFixed(6), height.toFixed(1), heading.toFixed(1), pitch.toFixed(1)].join(",");
}
