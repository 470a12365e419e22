/** Where the camera is and how it moves. */

import {
  BoundingSphere,
  Cartesian2,
  Cartesian3,
  Cartographic,
  HeadingPitchRange,
  Math as CesiumMath,
  Matrix4,
  type Scene,
  Transforms,
} from "cesium";
import type { CameraState } from "../state/url";
import type { Bounds } from "../types";
import { centreOf, sphereOf } from "./geo";

/** Radius of the smallest city: one house with its garden. */
const SMALLEST_HOME_M = 20;
const HOME_HEADING_DEG = 24;
const HOME_PITCH_DEG = -40;
/** Share of the radius by which the home view aims before the middle. */
const HOME_AIM = 0.22;
const FLIGHT_S = 1.2;

export class CameraDriver {
  /** Metres above the ellipsoid of the ground that flat layers lie on. */
  groundHeight = 0;

  constructor(private readonly scene: Scene) {}

  get state(): CameraState {
    const camera = this.scene.camera;
    const place = camera.positionCartographic;
    return {
      lon: CesiumMath.toDegrees(place.longitude),
      lat: CesiumMath.toDegrees(place.latitude),
      height: place.height,
      heading: CesiumMath.toDegrees(camera.heading) % 360,
      pitch: CesiumMath.toDegrees(camera.pitch),
    };
  }

  set state(state: CameraState) {
    this.scene.camera.setView({
      destination: Cartesian3.fromDegrees(state.lon, state.lat, state.height),
      orientation: {
        heading: CesiumMath.toRadians(state.heading),
        pitch: CesiumMath.toRadians(state.pitch),
        roll: 0,
      },
    });
    this.scene.requestRender();
  }

  /** Looks at the whole of `bounds` from the south-west; `instantly` without a flight. */
  showBounds(bounds: Bounds, options: { instantly?: boolean } = {}): void {
    const sphere = sphereOf(bounds, this.groundHeight, SMALLEST_HOME_M);
    // Near things take more of the picture than far ones: aim a little before the middle.
    const frame = Transforms.eastNorthUpToFixedFrame(sphere.center);
    const heading = CesiumMath.toRadians(HOME_HEADING_DEG);
    const nearer = -HOME_AIM * sphere.radius;
    const aim = new Cartesian3(Math.sin(heading) * nearer, Math.cos(heading) * nearer, 0);
    Matrix4.multiplyByPoint(frame, aim, sphere.center);
    this.lookAt(sphere, sphere.radius * 1.25, HOME_HEADING_DEG, HOME_PITCH_DEG, options.instantly);
  }

  /** Looks at one object of `height` metres from near, keeping the heading. */
  showObject(bounds: Bounds, height: number): void {
    const sphere = sphereOf(bounds, this.groundHeight + height / 2, Math.max(8, height / 2));
    const heading = CesiumMath.toDegrees(this.scene.camera.heading);
    this.lookAt(sphere, Math.max(40, sphere.radius * 4.5), heading, -35);
  }

  /** Moves towards (factor < 1) or away from (factor > 1) what is in the middle of the picture. */
  zoom(factor: number): void {
    const target = this.middle();
    const camera = this.scene.camera;
    const range = Cartesian3.distance(camera.positionWC, target) * factor;
    const { heading, pitch } = this.state;
    this.lookAt(new BoundingSphere(target, 0), Math.max(30, range), heading, pitch, false, 0.35);
  }

  /** Turns around the middle of the picture until north is up. */
  faceNorth(): void {
    this.orbit(0, this.state.pitch);
  }

  /** Turns around the middle of the picture by degrees. */
  turn(headingDeg: number, pitchDeg: number): void {
    const { heading, pitch } = this.state;
    this.orbit(heading + headingDeg, CesiumMath.clamp(pitch + pitchDeg, -89.9, -8), true);
  }

  /** Moves over the ground by a share of the distance to the middle of the picture. */
  pan(right: number, forward: number): void {
    const camera = this.scene.camera;
    const step = Cartesian3.distance(camera.positionWC, this.middle()) * 0.12;
    const up = this.scene.ellipsoid.geodeticSurfaceNormal(camera.positionWC, new Cartesian3());
    const ahead = Cartesian3.cross(up, camera.rightWC, new Cartesian3());
    camera.move(camera.rightWC, right * step);
    camera.move(ahead, forward * step);
    this.scene.requestRender();
  }

  /** The ground point under a place of the canvas, null when that is sky. */
  groundAt(x: number, y: number): Cartographic | null {
    const hit = this.scene.camera.pickEllipsoid(new Cartesian2(x, y), this.scene.ellipsoid);
    return hit ? Cartographic.fromCartesian(hit) : null;
  }

  /**
   * Bounds of the ground in the picture. Rows near the horizon are left out when they lie further
   * than a dozen times the camera's height: there a layer's features are too small to see.
   */
  visibleBounds(): Bounds | null {
    const canvas = this.scene.canvas;
    const reach = Math.max(2000, this.scene.camera.positionCartographic.height * 12);
    const places: Cartographic[] = [];
    for (let row = 0; row <= 8; row++)
      for (let column = 0; column <= 4; column++) {
        const [x, y] = [(column / 4) * canvas.clientWidth, (row / 8) * canvas.clientHeight];
        const place = this.groundAt(x, y);
        if (place && this.distanceTo(place) < reach) places.push(place);
      }
    if (places.length === 0) return null;
    const lons = places.map((place) => CesiumMath.toDegrees(place.longitude));
    const lats = places.map((place) => CesiumMath.toDegrees(place.latitude));
    return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  }

  /** Metres on the ground for one pixel at the middle of the picture. */
  metresPerPixel(): number {
    const { camera, drawingBufferWidth, drawingBufferHeight, canvas } = this.scene;
    const sphere = new BoundingSphere(this.middle(), 1);
    const perPixel = camera.getPixelSize(sphere, drawingBufferWidth, drawingBufferHeight);
    return perPixel * (drawingBufferWidth / Math.max(1, canvas.clientWidth));
  }

  private distanceTo(place: Cartographic): number {
    return Cartesian3.distance(this.scene.camera.positionWC, Cartographic.toCartesian(place));
  }

  private middle(): Cartesian3 {
    const { clientWidth, clientHeight } = this.scene.canvas;
    const place = this.groundAt(clientWidth / 2, clientHeight / 2);
    if (place) return Cartographic.toCartesian(place);
    const camera = this.scene.camera;
    const ahead = Math.max(200, camera.positionCartographic.height * 3);
    const step = Cartesian3.multiplyByScalar(camera.directionWC, ahead, new Cartesian3());
    return Cartesian3.add(camera.positionWC, step, step);
  }

  private orbit(headingDeg: number, pitchDeg: number, instantly = false): void {
    const target = this.middle();
    const range = Cartesian3.distance(this.scene.camera.positionWC, target);
    this.lookAt(new BoundingSphere(target, 0), range, headingDeg, pitchDeg, instantly, 0.5);
  }

  private lookAt(
    sphere: BoundingSphere,
    range: number,
    headingDeg: number,
    pitchDeg: number,
    instantly = false,
    seconds = FLIGHT_S,
  ): void {
    const offset = new HeadingPitchRange(
      CesiumMath.toRadians(headingDeg),
      CesiumMath.toRadians(pitchDeg),
      range,
    );
    const camera = this.scene.camera;
    if (instantly || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      camera.cancelFlight();
      camera.viewBoundingSphere(sphere, offset);
      camera.lookAtTransform(Matrix4.IDENTITY);
    } else camera.flyToBoundingSphere(sphere, { offset, duration: seconds });
    this.scene.requestRender();
  }
}

/** A camera state that looks at `bounds` from straight above, for tests and links. */
export function topDown(bounds: Bounds, height: number): CameraState {
  const [lon, lat] = centreOf(bounds);
  return { lon, lat, height, heading: 0, pitch: -90 };
}
