/** The map: one scene, one camera, the pointer, and the news they make. */

import {
  Cartesian2,
  Cartesian3,
  type CesiumWidget,
  ScreenSpaceEventHandler,
  ScreenSpaceEventType,
  SceneTransforms,
} from "cesium";
import { Emitter } from "../emitter";
import { CameraDriver } from "./camera";
import type { Quality } from "./quality";
import { createWidget } from "./scene";

export interface ScreenPoint {
  x: number;
  y: number;
}

const HOVER_DELAY_MS: Record<Quality, number> = { low: 160, high: 30 };
const MOVE_END_DELAY_MS = 250;

export class MapView {
  readonly widget: CesiumWidget;
  readonly camera: CameraDriver;
  /** The pointer rests here; null when it left the map. */
  readonly hovered = new Emitter<ScreenPoint | null>();
  /** The pointer is here now, before it rests. */
  readonly moved = new Emitter<ScreenPoint>();
  readonly clicked = new Emitter<ScreenPoint>();
  readonly viewChanged = new Emitter<void>();
  readonly rendered = new Emitter<void>();
  readonly contextLost = new Emitter<void>();

  constructor(container: HTMLElement, quality: Quality) {
    this.widget = createWidget(container, quality);
    this.camera = new CameraDriver(this.scene);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.addEventListener("webglcontextlost", () => this.contextLost.emit());
    this.scene.renderError.addEventListener(() => this.contextLost.emit());
    this.scene.postRender.addEventListener(() => this.rendered.emit());
    this.listenToCamera();
    this.listenToPointer(HOVER_DELAY_MS[quality]);
  }

  get scene(): CesiumWidget["scene"] {
    return this.widget.scene;
  }

  get canvas(): HTMLCanvasElement {
    return this.widget.canvas;
  }

  /** Whatever is drawn at a place of the canvas. */
  pick({ x, y }: ScreenPoint): unknown {
    const found = this.scene.pick(new Cartesian2(x, y)) as { id?: unknown } | undefined;
    return found?.id ?? found;
  }

  /** Where a place on Earth is on the canvas; null behind the camera. */
  screenPoint(lon: number, lat: number, height: number): ScreenPoint | null {
    const place = Cartesian3.fromDegrees(lon, lat, height);
    const point = SceneTransforms.worldToWindowCoordinates(this.scene, place);
    return point ? { x: point.x, y: point.y } : null;
  }

  /** The picture as RGBA bytes, drawn anew. */
  readPixels(): Uint8ClampedArray {
    this.scene.requestRender();
    this.scene.render();
    const { width, height } = this.canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (!copy) return new Uint8ClampedArray();
    copy.drawImage(this.canvas, 0, 0);
    return copy.getImageData(0, 0, width, height).data;
  }

  private listenToCamera(): void {
    let timer = 0;
    this.scene.camera.percentageChanged = 0.01;
    const later = (): void => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.viewChanged.emit(), MOVE_END_DELAY_MS);
    };
    this.scene.camera.moveEnd.addEventListener(later);
    this.scene.camera.changed.addEventListener(later);
    addEventListener("resize", later);
  }

  private listenToPointer(hoverDelayMs: number): void {
    const handler = new ScreenSpaceEventHandler(this.canvas);
    let timer = 0;
    handler.setInputAction(({ position }: ScreenSpaceEventHandler.PositionedEvent) => {
      clearTimeout(timer);
      this.clicked.emit({ x: position.x, y: position.y });
    }, ScreenSpaceEventType.LEFT_CLICK);
    handler.setInputAction(({ endPosition }: ScreenSpaceEventHandler.MotionEvent) => {
      const point = { x: endPosition.x, y: endPosition.y };
      this.moved.emit(point);
      clearTimeout(timer);
      timer = window.setTimeout(() => this.hovered.emit(point), hoverDelayMs);
    }, ScreenSpaceEventType.MOUSE_MOVE);
    this.canvas.addEventListener("pointerleave", () => {
      clearTimeout(timer);
      this.hovered.emit(null);
    });
    this.canvas.addEventListener("pointerdown", () => {
      clearTimeout(timer);
      this.hovered.emit(null);
      this.canvas.focus({ preventScroll: true });
    });
  }
}
