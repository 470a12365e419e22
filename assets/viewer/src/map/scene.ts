/** The Cesium scene of the page: no globe, no sky, no network; drawn only when something changed. */

import {
  CameraEventType,
  CesiumWidget,
  Color,
  EllipsoidTerrainProvider,
  Ion,
  KeyboardEventModifier,
  type Scene,
} from "cesium";
import type { Quality } from "./quality";

export const SKY = "#dbe8f0";

/** Makes the widget inside `container`; the canvas is focusable and named by the caller. */
export function createWidget(container: HTMLElement, quality: Quality): CesiumWidget {
  // The type says string; undefined is Cesium's documented way to have no ion account at all.
  (Ion as { defaultAccessToken: string | undefined }).defaultAccessToken = undefined;
  const widget = new CesiumWidget(container, {
    globe: false,
    baseLayer: false,
    skyBox: false,
    skyAtmosphere: false,
    terrainProvider: new EllipsoidTerrainProvider(),
    scene3DOnly: true,
    requestRenderMode: true,
    maximumRenderTimeChange: Infinity,
    // Flat layers are opaque and overlap; blending by weight would mix their colours.
    orderIndependentTranslucency: false,
    msaaSamples: quality === "high" ? 4 : 1,
    useBrowserRecommendedResolution: quality === "low",
    showRenderLoopErrors: false,
    creditContainer: document.createElement("div"),
  });
  configureScene(widget.scene);
  return widget;
}

function configureScene(scene: Scene): void {
  scene.backgroundColor = Color.fromCssColorString(SKY);
  scene.highDynamicRange = false;
  const controller = scene.screenSpaceCameraController;
  controller.zoomEventTypes = [CameraEventType.WHEEL, CameraEventType.PINCH];
  controller.tiltEventTypes = [
    CameraEventType.RIGHT_DRAG,
    CameraEventType.MIDDLE_DRAG,
    CameraEventType.PINCH,
    { eventType: CameraEventType.LEFT_DRAG, modifier: KeyboardEventModifier.CTRL },
  ];
  controller.minimumZoomDistance = 30;
}
