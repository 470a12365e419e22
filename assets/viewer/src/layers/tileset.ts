/** A 3D Tiles layer: coloured by height, picked by the property table's `entity_id`. */

import {
  Cesium3DTileset,
  Cesium3DTileFeature,
  Cesium3DTileStyle,
  CustomShader,
  LightingModel,
  type Scene,
  UniformType,
} from "cesium";
import { fetchTileset } from "../api";
import { Emitter } from "../emitter";
import { pick, reasonOf, t } from "../i18n/index";
import type { Quality } from "../map/quality";
import { centreOf, lowestHeight } from "../map/geo";
import { lightAt } from "../map/light";
import type { Storey, TilesetInfo } from "../types";
import type { LayerStatus, MapLayer, PickedObject } from "./layer";
import { HEIGHT_CLASSES, NO_HEIGHT, SELECTED } from "./style";

/** Drawn frames after which a tileset has asked for every tile that the view wants. */
const FRAMES_TO_ASK = 3;
const CUT_ERROR_PX = 1;
const SCREEN_ERROR_PX: Record<Quality, number> = { low: 20, high: 10 };

/**
 * Light without a lighting model: roofs bright, walls by their side to a fixed sun. It costs less
 * than physical shading, needs no environment map, and gives the same pixels on every machine.
 */
const SHADING = `
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  vec3 across = cross(dFdx(fsInput.attributes.positionEC), dFdy(fsInput.attributes.positionEC));
  vec3 normal = normalize(across);
  float up = max(dot(normal, normalize(czm_viewRotation * u_up)), 0.0);
  float sun = max(dot(normal, normalize(czm_viewRotation * u_sun)), 0.0);
  material.diffuse = vec3(min(1.0, 0.60 + 0.22 * sun + 0.26 * up));
}`;

/** White multiplies what is there: pictures show as they are. */
const OWN_COLOURS: [string, string][] = [["true", "color('white')"]];
/** Beside a selected element the others step back, for its colour is mixed with its material's. */
const STEPPED_BACK: [string, string][] = [["true", "color('#b4bac0')"]];

/** What a model shows when it is cut: nothing above, and no stand-in for the whole. */
function cutCondition(storey: number): string {
  const below = `\${storey_number} === undefined || \${storey_number} <= ${storey}`;
  return `\${part} !== 'outline' && (${below})`;
}

/** Elements of building models keep their materials, also where a city's tileset links them. */
const MODEL_COLOURS: [string, string] = ["${part} !== undefined", "color('white')"];

/** Conditions of a style that colours by height. */
function heightConditions(): [string, string][] {
  const classes = [...HEIGHT_CLASSES].reverse().filter(({ from }) => from > 0);
  return [
    // Comparing what is not there is an error in a style, so the unknown comes first.
    ["${height_m} === undefined", `color('${NO_HEIGHT}')`],
    ...classes.map(({ from, color }): [string, string] => [
      `\${height_m} >= ${from}`,
      `color('${color}')`,
    ]),
    ["true", `color('${HEIGHT_CLASSES[0]?.color}')`],
  ];
}

/** One storey for each number, from the lowest: several buildings may stand in a model. */
function levels(storeys: readonly Storey[]): Storey[] {
  const byNumber = new Map(storeys.map((storey) => [storey.number, storey]));
  return [...byNumber.values()].sort((one, other) => one.number - other.number);
}

export class TilesetLayer implements MapLayer {
  readonly group = "city" as const;
  readonly swatch = "linear-gradient(135deg, #cfe0ec, #1d5c9c)";
  readonly round = false;
  readonly changed = new Emitter<void>();
  /** Tiles that are still to come. */
  readonly progressed = new Emitter<number>();
  visible = false;
  status: LayerStatus = { kind: "off" };
  private tileset: Cesium3DTileset | null = null;
  private selected: string | null = null;
  /** Points show their own colours and are no entities. */
  private isPoints = false;
  /** Pictures are not painted over by height. */
  private isTextured = false;
  /** Whether a city's tiles link building models. */
  private hasModels = false;
  /** Building models show their own materials. */
  private isModel = false;
  storeys: readonly Storey[] = [];
  cut: number | null = null;
  private readonly ground = Promise.withResolvers<void>();
  private readonly first = Promise.withResolvers<void>();

  constructor(
    private readonly scene: Scene,
    private readonly info: TilesetInfo,
    private readonly quality: Quality,
  ) {}

  get id(): string {
    return `3d-${this.info.id}`;
  }

  get count(): number | null {
    return this.info.feature_count;
  }

  /** Settles when `groundHeight` is known, or will not be. */
  get groundKnown(): Promise<void> {
    return this.ground.promise;
  }

  /** Settles when the first tiles are on the screen, or when there will be none. */
  get firstTiles(): Promise<void> {
    return this.first.promise;
  }

  /** Name of the layer that the tiles were made from. */
  get sourceLayer(): string | null {
    return this.info.layer;
  }

  /** Lowest height of the tileset in metres above the ellipsoid, null until it is known. */
  groundHeight: number | null = null;

  title(): string {
    return pick(this.info.title);
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    if (this.tileset) this.tileset.show = visible;
    else if (visible) void this.load();
    if (!visible) this.settle();
    this.scene.requestRender();
    this.changed.emit();
  }

  retry(): void {
    if (this.tileset) this.scene.primitives.remove(this.tileset);
    this.tileset = null;
    void this.load();
  }

  highlight(entityId: string | null): void {
    this.selected = entityId;
    if (this.tileset && !this.isPoints) this.tileset.style = this.makeStyle();
    this.scene.requestRender();
  }

  cutAbove(storey: number | null): void {
    this.cut = storey;
    if (this.tileset) {
      this.tileset.style = this.makeStyle();
      // What is inside comes late by itself; who cuts a house open wants to see it.
      this.tileset.maximumScreenSpaceError = storey === null ? SCREEN_ERROR_PX[this.quality] : CUT_ERROR_PX;
    }
    this.scene.requestRender();
    this.changed.emit();
  }

  viewChanged(): void {
    // Cesium refines the tiles of a new view by itself.
  }

  /** What the picked object is, null when it is not of this layer. */
  identify(picked: unknown): PickedObject | null {
    if (!(picked instanceof Cesium3DTileFeature) || picked.tileset !== this.tileset) return null;
    const entityId: unknown = picked.getProperty("entity_id");
    if (typeof entityId !== "string" || entityId === "") return null;
    const name: unknown = picked.getProperty("name");
    const height: unknown = picked.getProperty("height_m");
    return {
      entityId,
      name: typeof name === "string" && name !== "" ? name : null,
      heightM: typeof height === "number" && Number.isFinite(height) ? height : null,
      layerId: this.id,
    };
  }

  async load(): Promise<void> {
    this.setStatus({ kind: "loading" });
    try {
      const { asset, root } = await fetchTileset(this.info.href);
      this.isPoints = asset.extras?.point_count !== undefined;
      this.isTextured = asset.extras?.textured === true;
      this.hasModels = asset.extras?.linked_models !== undefined;
      this.isModel = asset.extras?.model !== undefined;
      this.storeys = levels(asset.extras?.model?.storeys ?? []);
      this.groundHeight = lowestHeight(root);
      this.ground.resolve();
      const tileset = await Cesium3DTileset.fromUrl(this.info.href, {
        maximumScreenSpaceError: SCREEN_ERROR_PX[this.quality],
        // Tiles at the edge would wait for the next frame, and drawing on request there is none.
        foveatedScreenSpaceError: false,
        dynamicScreenSpaceError: false,
        show: this.visible,
      });
      this.attach(tileset);
    } catch (error) {
      this.setStatus({ kind: "failed", reason: reasonOf(error) });
      this.settle();
    }
  }

  private attach(tileset: Cesium3DTileset): void {
    this.tileset = tileset;
    tileset.environmentMapManager.enabled = false;
    if (this.isPoints) tileset.pointCloudShading.attenuation = true;
    else tileset.style = this.makeStyle();
    const shader = this.makeShader();
    if (shader && !this.hasOwnColours && !this.hasModels) tileset.customShader = shader;
    let failed = 0;
    tileset.tileFailed.addEventListener(() => {
      failed += 1;
      this.setStatus({ kind: "failed", reason: t("layer.tiles_failed", { count: failed }) });
      this.settle();
    });
    tileset.loadProgress.addEventListener((pending: number, processing: number) =>
      this.progressed.emit(pending + processing),
    );
    this.whenLoaded(tileset, () => {
      if (failed === 0) this.setStatus({ kind: "ready", shown: this.count ?? 0, capped: false });
      this.settle();
    });
    this.scene.primitives.add(tileset);
    this.changed.emit();
    this.scene.requestRender();
  }

  /** Calls back once all tiles of the view are there; a tileset out of view has none to wait for. */
  private whenLoaded(tileset: Cesium3DTileset, then: () => void): void {
    let frames = 0;
    const stop = this.scene.postRender.addEventListener(() => {
      frames += 1;
      if (frames < FRAMES_TO_ASK || !tileset.tilesLoaded) {
        if (frames < FRAMES_TO_ASK) this.scene.requestRender();
        return;
      }
      stop();
      then();
    });
  }

  /** Tiles made from a layer are plain; a photo mesh keeps its own pictures. */
  private makeShader(): CustomShader | null {
    if (this.info.layer === null || this.info.bounds === null) return null;
    const [lon, lat] = centreOf(this.info.bounds);
    const { up, toSun } = lightAt(lon, lat);
    return new CustomShader({
      lightingModel: LightingModel.UNLIT,
      uniforms: {
        u_up: { type: UniformType.VEC3, value: up },
        u_sun: { type: UniformType.VEC3, value: toSun },
      },
      fragmentShaderText: SHADING,
    });
  }

  private makeStyle(): Cesium3DTileStyle {
    const conditions: [string, string][] = [];
    if (this.selected !== null)
      conditions.push([`\${entity_id} === ${JSON.stringify(this.selected)}`, `color('${SELECTED}')`]);
    if (this.isModel && this.selected !== null) conditions.push(...STEPPED_BACK);
    else if (this.hasOwnColours) conditions.push(...OWN_COLOURS);
    else conditions.push(MODEL_COLOURS, ...heightConditions());
    const show = this.cut === null ? "true" : cutCondition(this.cut);
    return new Cesium3DTileStyle({ color: { conditions }, show });
  }

  /** Whether it is drawn in its own colours, not by height. */
  get hasOwnColours(): boolean {
    return this.isTextured || this.isModel || this.isPoints;
  }

  private settle(): void {
    this.ground.resolve();
    this.first.resolve();
  }

  private setStatus(status: LayerStatus): void {
    this.status = status;
    this.changed.emit();
  }
}
