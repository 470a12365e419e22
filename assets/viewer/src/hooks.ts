/** What browser tests may ask of the page; nothing of the page itself uses this. */

import type { App } from "./app";
import type { PickedObject } from "./layers/layer";
import type { ScreenPoint } from "./map/view";
import { SELECTED } from "./layers/style";

export interface TestHooks {
  /** Milliseconds from navigation to the first drawn tiles. */
  readyMs: number | null;
  state(): object;
  pickAt(x: number, y: number): PickedObject | null;
  screenOf(lon: number, lat: number, height: number): ScreenPoint | null;
  /** Pixels of the map that have the hue of the selection colour, in a freshly drawn picture. */
  selectedPixels(): number;
}

declare global {
  interface Window {
    __ready?: boolean;
    __cim?: TestHooks;
  }
}

export function installHooks(app: App): void {
  window.__ready = false;
  window.__cim = {
    readyMs: null,
    state: () => app.describe(),
    pickAt: (x, y) => app.identifyAt(x, y),
    screenOf: (lon, lat, height) => app.session?.view.screenPoint(lon, lat, height) ?? null,
    selectedPixels: () => countSelected(app),
  };
}

export function markReady(): void {
  if (window.__cim) window.__cim.readyMs = Math.round(performance.now());
  window.__ready = true;
}

function countSelected(app: App): number {
  const pixels = app.session?.view.readPixels();
  if (!pixels) return 0;
  const [red, green] = [parseInt(SELECTED.slice(1, 3), 16), parseInt(SELECTED.slice(3, 5), 16)];
  let count = 0;
  for (let index = 0; index < pixels.length; index += 4) {
    const [r, g, b] = [pixels[index] ?? 0, pixels[index + 1] ?? 0, pixels[index + 2] ?? 0];
    // Shading scales all three parts alike: the ratio to red stays, blue stays near zero.
    if (r > 110 && b < 24 && Math.abs(g / r - green / red) < 0.06) count += 1;
  }
  return count;
}
