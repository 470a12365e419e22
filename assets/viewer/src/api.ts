/** The server's answers, typed, with failures as one kind of error that has a reason to show. */

import type {
  Bounds,
  City,
  Collection,
  Entity,
  FeaturePage,
  Lang,
  Place,
  TilesetDocument,
  TilesetInfo,
} from "./types";

/** A request that failed: `status` 0 means that no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {
    super(detail);
  }
}

export interface PageRequest {
  limit: number;
  offset?: number;
  bounds?: Bounds;
  /** Leaves the geometry out of the answer. */
  skipGeometry?: boolean;
}

export function fetchCity(): Promise<City> {
  return fetchJson("api/city");
}

export async function fetchTilesets(): Promise<TilesetInfo[]> {
  return (await fetchJson<{ tilesets: TilesetInfo[] }>("3dtiles")).tilesets;
}

/** The root document of a tileset: what it is and where it stands, before its content is loaded. */
export function fetchTileset(href: string): Promise<TilesetDocument> {
  return fetchJson(href);
}

export async function fetchCollections(lang: Lang): Promise<Collection[]> {
  const path = `ogc/collections?f=json&lang=${lang}`;
  return (await fetchJson<{ collections: Collection[] }>(path)).collections;
}

export function fetchEntity(entityId: string, signal?: AbortSignal): Promise<Entity> {
  return fetchJson(entityPath(entityId), signal);
}

export function entityPath(entityId: string): string {
  return `api/entities/${encodeURIComponent(entityId)}`;
}

export function itemPath(layer: string, fid: number): string {
  return `ogc/collections/${encodeURIComponent(layer)}/items/${fid}`;
}

/** Places that a text may mean, the best first. */
export function fetchPlaces(text: string, limit: number, signal: AbortSignal): Promise<Place[]> {
  return fetchGeocoder("search", new URLSearchParams({ q: text, limit: String(limit) }), signal);
}

/** Names that begin with what was typed, those near the middle of the map before. */
export function fetchSuggestions(
  text: string,
  limit: number,
  middle: [number, number] | null,
  signal: AbortSignal,
): Promise<Place[]> {
  const query = new URLSearchParams({ q: text, limit: String(limit) });
  if (middle) {
    query.set("lon", middle[0].toFixed(5));
    query.set("lat", middle[1].toFixed(5));
  }
  return fetchGeocoder("suggest", query, signal);
}

async function fetchGeocoder(kind: string, query: URLSearchParams, signal: AbortSignal): Promise<Place[]> {
  return (await fetchJson<{ features: Place[] }>(`api/geocode/${kind}?${query}`, signal)).features;
}

/** One page of a collection's features; `bounds` keeps those that touch the box. */
export function fetchPage(
  layer: string,
  request: PageRequest,
  signal?: AbortSignal,
): Promise<FeaturePage> {
  const query = new URLSearchParams({ f: "json", limit: String(request.limit) });
  if (request.offset) query.set("offset", String(request.offset));
  if (request.bounds) query.set("bbox", request.bounds.map((value) => value.toFixed(7)).join(","));
  if (request.skipGeometry) query.set("skipGeometry", "true");
  return fetchJson(`ogc/collections/${encodeURIComponent(layer)}/items?${query}`, signal);
}

/** Up to `cap` features, page after page: a server may answer fewer than it was asked for. */
export async function fetchFeatures(
  layer: string,
  cap: number,
  bounds: Bounds | undefined,
  signal: AbortSignal,
): Promise<{ features: FeaturePage["features"]; matched: number }> {
  const features: FeaturePage["features"] = [];
  for (;;) {
    const request: PageRequest = { limit: cap - features.length, offset: features.length };
    if (bounds) request.bounds = bounds;
    const page = await fetchPage(layer, request, signal);
    features.push(...page.features);
    const more = page.links?.some((link) => link.rel === "next") ?? false;
    if (features.length >= cap || page.features.length === 0 || !more) {
      const least = features.length + (more ? 1 : 0);
      return { features, matched: page.numberMatched ?? least };
    }
  }
}

async function fetchJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal);
  if (!response.ok) throw new ApiError(response.status, await readProblem(response));
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(response.status, "not JSON");
  }
}

async function send(path: string, signal?: AbortSignal): Promise<Response> {
  const headers = { Accept: "application/json, application/geo+json, application/problem+json" };
  try {
    return await fetch(path, signal ? { headers, signal } : { headers });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, "");
  }
}

/** The `detail` of an RFC 9457 answer, else its title, else the HTTP phrase. */
async function readProblem(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { detail?: string; title?: string };
    return problem.detail ?? problem.title ?? response.statusText;
  } catch {
    return response.statusText;
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
