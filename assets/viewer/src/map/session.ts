/** One map with the layers of one catalogue: the part of the page that needs Cesium. */

import type { GeoJsonPrimitive } from "cesium";
import type { Catalogue } from "../catalogue";
import { Emitter } from "../emitter";
import { FlatLayer } from "../layers/flat";
import type { MapLayer, PickedObject } from "../layers/layer";
import { TilesetLayer } from "../layers/tileset";
import { renderPin, renderStatus, renderTip, tipText } from "../panel/overlay";
import type { CameraState } from "../state/url";
import type { Bounds, Collection, Entity, TilesetInfo } from "../types";
import { centreOf, diagonalMetres, unionBounds } from "./geo";
import { createGround } from "./ground";
import { lightAt, sceneLight } from "./light";
import type { Quality } from "./quality";
import { MapView, type ScreenPoint } from "./view";

const CAP: Record<Quality, number> = { low: 4000, high: 8000 };
const CHINA: Bounds = [98, 22, 122, 42];

interface Pinned {
  text: string;
  lon: number;
  lat: number;
  height: number;
}

export class MapSession {
  readonly view: MapView;
  readonly layersChanged = new Emitter<void>();
  readonly clicked = new Emitter<PickedObject | null>();
  /** Tiles that are still to come. */
  readonly waiting = new Emitter<number>();
  readonly tilesets: TilesetLayer[];
  readonly flats: FlatLayer[];
  private readonly home: Bounds;
  private ground: GeoJsonPrimitive | null = null;
  private pointer: ScreenPoint | null = null;
  private pinned: Pinned | null = null;

  constructor(container: HTMLElement, quality: Quality, catalogue: Catalogue) {
    this.view = new MapView(container, quality);
    const { scene } = this.view;
    this.tilesets = catalogue.tilesets.map((info) => new TilesetLayer(scene, info, quality));
    const groundHeight = (): number => this.view.camera.groundHeight;
    this.flats = catalogue.collections.map((collection, index, all) => {
      const isSame = (other: Collection): boolean => other["cim:class"] === collection["cim:class"];
      const variant = all.slice(0, index).filter(isSame).length;
      return new FlatLayer(scene, collection, { cap: CAP[quality], groundHeight, variant });
    });
    this.home = homeBounds(catalogue) ?? CHINA;
    scene.light = sceneLight(lightAt(...centreOf(this.home)));
    this.listen();
  }

  get layers(): MapLayer[] {
    return [...this.tilesets, ...this.flats];
  }

  /**
   * Switches on the layers named, or the defaults, and settles when the first tiles are drawn. Flat
   * layers wait for the first tileset: it says how high the ground of the city is.
   */
  async start(layerIds: string[] | undefined, camera: CameraState | undefined): Promise<void> {
    this.showHome(camera);
    const wanted = new Set(layerIds ?? this.defaultLayers());
    for (const layer of this.tilesets) layer.setVisible(wanted.has(layer.id));
    await Promise.all(this.tilesets.map((layer) => layer.groundKnown));
    this.settleGround();
    this.showHome(camera);
    const bounds = this.view.camera.visibleBounds();
    for (const layer of this.flats) {
      layer.viewChanged(bounds);
      layer.setVisible(wanted.has(layer.id));
    }
    await Promise.all(this.tilesets.map((layer) => layer.firstTiles));
    await this.nextFrame();
  }

  showHome(camera?: CameraState): void {
    if (camera) this.view.camera.state = camera;
    else this.view.camera.showBounds(this.home, { instantly: true });
  }

  flyHome(): void {
    this.view.camera.showBounds(this.home);
  }

  flyTo(entity: Entity): void {
    this.view.camera.showObject(entity.bounds, entity.height_m ?? 0);
  }

  /** Switches layers to exactly those named. */
  setLayers(layerIds: string[]): void {
    for (const layer of this.layers) {
      const visible = layerIds.includes(layer.id);
      if (layer.visible !== visible) layer.setVisible(visible);
    }
  }

  highlight(entityId: string | null): void {
    for (const layer of this.layers) layer.highlight(entityId);
  }

  /** Keeps a label over an entity, or over none. */
  pin(entity: Entity | null, name = ""): void {
    const [lon, lat] = entity?.position ?? [0, 0];
    const height = this.view.camera.groundHeight + (entity?.height_m ?? 0);
    this.pinned = entity && { text: tipText(name, entity.height_m), lon, lat, height };
    this.placePin();
    this.view.scene.requestRender();
  }

  /** Flies to a place on the ground and puts a label there. */
  showPlace(lon: number, lat: number, text: string, radiusM: number): void {
    const degrees = radiusM / 111_320;
    this.pinned = { text, lon, lat, height: this.view.camera.groundHeight };
    this.view.camera.showObject([lon - degrees, lat - degrees, lon + degrees, lat + degrees], 0);
    this.placePin();
    this.view.scene.requestRender();
  }

  /** Longitude and latitude of the middle of the picture, null when it is the sky. */
  middle(): [number, number] | null {
    const bounds = this.view.camera.visibleBounds();
    return bounds && centreOf(bounds);
  }

  identifyAt(point: ScreenPoint): PickedObject | null {
    const picked = this.view.pick(point);
    for (const layer of [...this.tilesets, ...this.flats]) {
      const object = layer.identify(picked);
      if (object) return object;
    }
    return null;
  }

  /** Gives the flat layers their titles in another language. */
  rename(collections: Collection[]): void {
    const byId = new Map(collections.map((collection) => [collection.id, collection]));
    for (const layer of this.flats) {
      const collection = byId.get(layer.id);
      if (collection) layer.rename(collection);
    }
  }

  private defaultLayers(): string[] {
    const tiled = new Set(this.tilesets.map((layer) => layer.sourceLayer));
    const ids = new Set(this.flats.map((layer) => layer.id));
    // Buildings of models stand there with all their elements.
    const ofModel = (id: string): boolean => ids.has(id.replace(/_buildings$/, "_elements"));
    const buildings = this.flats.filter(({ id, classCode }) => classCode === "BLDG" && !ofModel(id));
    return [
      ...this.tilesets.map((layer) => layer.id),
      ...this.flats.filter((layer) => layer.onByDefault).map((layer) => layer.id),
      ...buildings.filter((layer) => !tiled.has(layer.id)).map((layer) => layer.id),
    ];
  }

  /** Lays the land at the lowest height of the tilesets, so that houses stand on it. */
  private settleGround(): void {
    const heights = this.tilesets.map((layer) => layer.groundHeight).filter((height) => height !== null);
    const height = heights.length > 0 ? Math.min(...heights) : 0;
    this.view.camera.groundHeight = height;
    const [lon, lat] = centreOf(this.home);
    const radius = Math.max(3000, diagonalMetres(this.home));
    if (this.ground) this.view.scene.primitives.remove(this.ground);
    this.ground = createGround(lon, lat, height - 0.8, radius);
    this.view.scene.primitives.add(this.ground);
    this.view.scene.screenSpaceCameraController.maximumZoomDistance = radius * 10;
  }

  private listen(): void {
    for (const layer of [...this.tilesets, ...this.flats])
      layer.changed.on(() => this.layersChanged.emit());
    for (const layer of this.tilesets) layer.progressed.on((count) => this.waiting.emit(count));
    this.view.clicked.on((point) => this.clicked.emit(this.identifyAt(point)));
    this.view.hovered.on((point) => this.showTip(point));
    this.view.moved.on((point) => {
      this.pointer = point;
      renderTip(null, null, "");
      this.renderStatus();
    });
    this.view.viewChanged.on(() => {
      const bounds = this.view.camera.visibleBounds();
      for (const layer of this.layers) layer.viewChanged(bounds);
      this.renderStatus();
    });
    this.view.rendered.on(() => this.placePin());
  }

  renderStatus(): void {
    renderStatus(this.view.camera, this.pointer, this.view.canvas);
  }

  private showTip(point: ScreenPoint | null): void {
    if (point === null) this.pointer = null;
    const object = point && this.identifyAt(point);
    this.view.canvas.style.cursor = object ? "pointer" : "";
    const layer = this.layers.find((candidate) => candidate.id === object?.layerId);
    renderTip(object, point, object?.name ?? layer?.title() ?? "");
  }

  private placePin(): void {
    const { pinned } = this;
    const at = pinned && this.view.screenPoint(pinned.lon, pinned.lat, pinned.height);
    renderPin(pinned?.text ?? null, at);
  }

  private nextFrame(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.view.rendered.on(() => {
        stop();
        resolve();
      });
      this.view.scene.requestRender();
    });
  }
}

/** Tilesets farther apart than this are not one city: from far enough to see all, none is seen. */
const WIDEST_HOME_M = 150_000;

/** What the home view shows: the buildings in 3D when there are some, else the whole city. */
function homeBounds({ city, collections, tilesets }: Catalogue): Bounds | null {
  const together = unionBounds(tilesets.map((info) => info.bounds));
  if (together && diagonalMetres(together) > WIDEST_HOME_M) return largestOf(tilesets);
  const extents = collections.map((collection) => collection.extent?.spatial?.bbox?.[0]);
  return together ?? city?.bounds ?? unionBounds(extents);
}

/** The bounds of the tileset with the most features. */
function largestOf(tilesets: TilesetInfo[]): Bounds | null {
  const placed = tilesets.filter((info) => info.bounds !== null);
  const count = (info: TilesetInfo): number => info.feature_count ?? 0;
  return placed.reduce((one, other) => (count(other) > count(one) ? other : one)).bounds;
}
