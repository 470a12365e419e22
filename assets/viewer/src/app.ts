/** The page: what is known, what is chosen, and who must be told. */

import { ApiError, fetchEntity, isAbort } from "./api";
import {
  layerWithoutTiles,
  loadCatalogue,
  plainLayers,
  translateCollections,
  type Catalogue,
} from "./catalogue";
import { announce, byId } from "./dom";
import { lang, langChanged, reasonOf, setLang, t } from "./i18n/index";
import type { PickedObject } from "./layers/layer";
import type { TilesetLayer } from "./layers/tileset";
import { bindKeys } from "./map/keyboard";
import { resolveQuality, type QualityChoice } from "./map/quality";
import type { MapSession } from "./map/session";
import { displayName, renderDetails, type DetailState } from "./panel/details";
import { Dock, type Sheet } from "./panel/dock";
import { renderHeader } from "./panel/header";
import { openHelp } from "./panel/help";
import { renderLayers } from "./panel/layers";
import { ListPanel } from "./panel/list";
import { renderLegend, renderProgress, renderTools } from "./panel/overlay";
import { renderOverview } from "./panel/overview";
import { RightPanel, type Tab } from "./panel/right";
import { SearchBox } from "./panel/search";
import { renderCover, type Cover } from "./panel/state";
import { formatHash, parseHash, type UrlState } from "./state/url";
import type { Entity, Lang, Place } from "./types";

const SLOW_MS = 8000;
/** How much around a place is shown, metres, by how fine it is. */
const NEAR_M = 30;
const PLACE_RADIUS_M: Record<string, number> = {
  road: 300,
  estate: 150,
  community: 500,
  street: 1500,
  district: 4000,
  city: 15000,
  province: 100000,
};

export class App {
  session: MapSession | null = null;
  private catalogue: Catalogue = { city: null, collections: [], tilesets: [], failure: null };
  private detail: DetailState = { kind: "none" };
  private cover: Cover = { kind: "none" };
  private request: AbortController | null = null;
  private started = false;
  private readonly list = new ListPanel(
    () => this.renderRight("list"),
    (entityId) => void this.select(entityId, { fly: true, focus: true }),
  );
  private readonly right = new RightPanel(
    (tab) => this.contents(tab),
    (tab) => tab === "list" && this.list.open(),
  );
  private readonly searchBox = new SearchBox({
    middle: () => this.session?.middle() ?? null,
    show: (place) => this.showPlace(place),
  });
  private readonly dock = new Dock((sheet) => this.openSheet(sheet));

  constructor(
    private readonly choice: QualityChoice,
    private readonly renderer: string | null,
  ) {}

  /** Reads the server and the address, then shows both; settles when the first tiles are drawn. */
  async start(): Promise<void> {
    const wanted = parseHash(location.hash);
    langChanged.on(() => this.render());
    addEventListener("hashchange", () => void this.followHash());
    addEventListener("keydown", (event) => event.key === "Escape" && this.escape());
    this.render();
    const engine = this.renderer === null ? null : import("./map/session");
    if (engine) renderProgress(t("map.starting"));
    this.catalogue = await loadCatalogue(lang());
    this.list.setCollections(this.catalogue.collections);
    this.setCover(this.coverOf(this.catalogue));
    this.render();
    if (engine && this.cover.kind === "none") await this.startMap((await engine).MapSession, wanted);
    else renderProgress(null);
    if (this.renderer === null) this.openSheet("list");
    this.started = true;
    if (wanted.selection) await this.select(wanted.selection, { fly: !wanted.camera });
  }

  async chooseLang(next: Lang): Promise<void> {
    setLang(next);
    this.writeHash();
    try {
      this.catalogue.collections = await translateCollections(this.catalogue, next);
      this.session?.rename(this.catalogue.collections);
      this.list.setCollections(this.catalogue.collections);
      this.render();
    } catch (error) {
      this.catalogue.failure = reasonOf(error);
      this.renderLayers();
    }
  }

  help(): void {
    const used = this.renderer === null ? null : resolveQuality(this.choice, this.renderer);
    openHelp({ choice: this.choice, used, renderer: this.renderer });
  }

  openList(): void {
    this.openSheet("list");
    byId("tab-list").focus();
  }

  /** Shows an entity: orange on the map, its details on the right, its id in the address. */
  async select(entityId: string, options: { fly?: boolean; focus?: boolean } = {}): Promise<void> {
    this.request?.abort();
    this.request = new AbortController();
    this.detail = { kind: "loading", entityId };
    this.session?.pin(null);
    this.session?.highlight(entityId);
    this.openSheet("object");
    this.writeHash();
    try {
      const entity = await fetchEntity(entityId, this.request.signal);
      this.showEntity(entity);
      if (options.fly) this.fly(entity);
      if (options.focus) byId("entity").querySelector("h2")?.focus();
    } catch (error) {
      if (isAbort(error)) return;
      const missing = error instanceof ApiError && [400, 404].includes(error.status);
      this.detail = missing
        ? { kind: "missing", entityId }
        : { kind: "failed", entityId, reason: reasonOf(error) };
      this.renderRight("object");
    }
  }

  clearSelection(): void {
    if (this.detail.kind === "none") return;
    this.request?.abort();
    this.detail = { kind: "none" };
    this.session?.pin(null);
    this.session?.highlight(null);
    this.renderRight("object");
    this.writeHash();
    announce(t("live.cleared"));
  }

  identifyAt(x: number, y: number): PickedObject | null {
    return this.session?.identifyAt({ x, y }) ?? null;
  }

  /** The state in plain values, for tests. */
  describe(): object {
    return {
      lang: lang(),
      cover: this.cover.kind,
      detail: this.detail.kind,
      selection: this.selection,
      camera: this.session?.view.camera.state ?? null,
      ground: this.session?.view.camera.groundHeight ?? null,
      layers: this.session?.layers.map(({ id, visible, status }) => ({ id, visible, status })) ?? [],
    };
  }

  private get selection(): string | null {
    if (this.detail.kind === "none") return null;
    return this.detail.kind === "shown" ? this.detail.entity.id : this.detail.entityId;
  }

  private async startMap(Session: typeof MapSession, wanted: UrlState): Promise<void> {
    const quality = resolveQuality(this.choice, this.renderer ?? "");
    const session = new Session(byId("map"), quality, this.catalogue);
    this.session = session;
    session.layersChanged.on(() => this.renderLayers());
    session.waiting.on((count) => this.showProgress(count));
    session.clicked.on((object) => {
      if (object) void this.select(object.entityId);
      else this.clearSelection();
    });
    session.view.viewChanged.on(() => this.writeHash());
    session.view.contextLost.on(() => this.setCover({ kind: "lost" }));
    bindKeys(session.view.canvas, session.view.camera, {
      home: () => session.flyHome(),
      list: () => this.openList(),
      help: () => this.help(),
    });
    const slow = setTimeout(() => renderProgress(t("map.slow")), SLOW_MS);
    await session.start(wanted.layers, wanted.camera);
    clearTimeout(slow);
    renderProgress(null);
    this.render();
    announce(t("map.ready"));
  }

  private showProgress(waiting: number): void {
    renderProgress(waiting > 0 ? t("map.progress") : null, waiting);
  }

  private showEntity(entity: Entity): void {
    this.detail = { kind: "shown", entity };
    const name = displayName(entity);
    this.session?.pin(entity, name);
    this.renderRight("object");
    announce(t("live.selected", { name }));
  }

  private showPlace({ geometry, properties }: Place): void {
    const { label, match_level } = properties.geocoding;
    this.clearSelection();
    this.session?.showPlace(...geometry.coordinates, label, PLACE_RADIUS_M[match_level] ?? NEAR_M);
    this.dock.show("map");
    announce(label);
  }

  private fly(entity: Entity): void {
    this.session?.flyTo(entity);
    this.dock.show("object");
  }

  private coverOf({ city, collections, tilesets, failure }: Catalogue): Cover {
    if (this.renderer === null) return { kind: "no-webgl" };
    if (failure !== null && city === null) return { kind: "down", reason: failure };
    const nothing = collections.length === 0 && tilesets.length === 0;
    return nothing && failure === null ? { kind: "empty" } : { kind: "none" };
  }

  private setCover(cover: Cover): void {
    this.cover = cover;
    renderCover(cover);
    const ready = cover.kind === "none";
    byId("tools").hidden = !ready;
  }

  private escape(): void {
    if (!byId<HTMLDialogElement>("help").open) this.clearSelection();
  }

  private openSheet(sheet: Sheet): void {
    if (sheet !== "map" && sheet !== "layers") this.right.show(sheet);
    this.dock.show(sheet);
  }

  private contents(tab: Tab): HTMLElement[] {
    if (tab === "list") return this.list.render(this.selection);
    if (tab === "overview") return renderOverview(this.catalogue.city, this.catalogue.collections);
    return renderDetails(this.detail, {
      retry: () => this.selection && void this.select(this.selection),
      close: () => {
        this.clearSelection();
        this.session?.view.canvas.focus();
      },
      fly: (entity) => this.fly(entity),
    });
  }

  private render(): void {
    renderHeader(this.catalogue.city);
    this.searchBox.render();
    renderCover(this.cover);
    renderTools({
      zoom: (factor) => this.session?.view.camera.zoom(factor),
      north: () => this.session?.view.camera.faceNorth(),
      home: () => this.session?.flyHome(),
    });
    this.session?.view.canvas.setAttribute("aria-label", t("map.label"));
    this.session?.renderStatus();
    if (this.detail.kind === "shown") this.session?.pin(this.detail.entity, displayName(this.detail.entity));
    this.dock.render();
    this.right.render();
    this.renderLayers();
  }

  private renderRight(tab: Tab): void {
    if (this.right.current === tab) this.right.render();
  }

  private renderLayers(): void {
    const model = {
      layers: this.session?.layers ?? [],
      plain: this.session ? [] : plainLayers(this.catalogue),
      failure: this.catalogue.failure,
      tilesMissingFor: layerWithoutTiles(this.catalogue),
    };
    renderLayers(byId("panel-layers"), model, {
      reload: () => location.reload(),
      toggled: () => this.writeHash(),
    });
    const byHeight = (layer: TilesetLayer): boolean =>
      layer.visible && layer.status.kind !== "failed" && !layer.hasOwnColours;
    renderLegend(this.session?.tilesets.some(byHeight) ?? false);
  }

  /** The address follows the page; the history keeps one entry. */
  private writeHash(): void {
    if (!this.started) return;
    const state: UrlState = { lang: lang() };
    if (this.session) {
      state.camera = this.session.view.camera.state;
      state.layers = this.session.layers.filter((layer) => layer.visible).map((layer) => layer.id);
    }
    if (this.selection) state.selection = this.selection;
    history.replaceState(null, "", formatHash(state));
  }

  /** The page follows an address that was typed or pasted. */
  private async followHash(): Promise<void> {
    const state = parseHash(location.hash);
    if (state.lang && state.lang !== lang()) await this.chooseLang(state.lang);
    if (state.layers) this.session?.setLayers(state.layers);
    if (state.camera) this.session?.showHome(state.camera);
    if (state.selection && state.selection !== this.selection) await this.select(state.selection);
    if (!state.selection) this.clearSelection();
  }
}
