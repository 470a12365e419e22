/** Keys of the map; single letters work only while the map has the focus (WCAG 2.1.4). */

import type { CameraDriver } from "./camera";

export interface KeyActions {
  home(): void;
  list(): void;
  help(): void;
}

export function bindKeys(canvas: HTMLCanvasElement, camera: CameraDriver, act: KeyActions): void {
  const moves: Record<string, (turning: boolean) => void> = {
    ArrowLeft: (turning) => (turning ? camera.turn(-10, 0) : camera.pan(-1, 0)),
    ArrowRight: (turning) => (turning ? camera.turn(10, 0) : camera.pan(1, 0)),
    ArrowUp: (turning) => (turning ? camera.turn(0, 6) : camera.pan(0, 1)),
    ArrowDown: (turning) => (turning ? camera.turn(0, -6) : camera.pan(0, -1)),
    "+": () => camera.zoom(0.6),
    "=": () => camera.zoom(0.6),
    "-": () => camera.zoom(1.6),
    n: () => camera.faceNorth(),
    Home: () => act.home(),
    l: () => act.list(),
    "?": () => act.help(),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const move = moves[key];
    if (!move) return;
    event.preventDefault();
    move(event.shiftKey);
  });
}
