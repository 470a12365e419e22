/** What the server has: the city, its collections, its tilesets. */

import { fetchCity, fetchCollections, fetchTilesets } from "./api";
import { pick, reasonOf, withoutSampleMark } from "./i18n/index";
import type { PlainLayer } from "./panel/layers";
import type { Bilingual, City, Collection, Lang, TilesetInfo } from "./types";

export interface Catalogue {
  city: City | null;
  collections: Collection[];
  tilesets: TilesetInfo[];
  /** Why the layers could not be read, null when they could. */
  failure: string | null;
}

/** Reads all three at once; one that fails does not take the others with it. */
export async function loadCatalogue(lang: Lang): Promise<Catalogue> {
  const [city, collections, tilesets] = await Promise.allSettled([
    fetchCity(),
    fetchCollections(lang),
    fetchTilesets(),
  ]);
  const { sample } = valueOf(city, null) ?? { sample: false };
  const failed = [collections, tilesets].find((result) => result.status === "rejected");
  return {
    city: valueOf(city, null),
    collections: valueOf(collections, []).map((collection) => plain(collection, sample)),
    tilesets: valueOf(tilesets, []).map((info) => ({ ...info, title: plainTitles(info, sample) })),
    failure: failed ? reasonOf(failed.reason) : null,
  };
}

/** Names and counts of everything, for when no map draws it. */
export function plainLayers({ collections, tilesets }: Catalogue): PlainLayer[] {
  const city = tilesets.map((info) => ({
    group: "city" as const,
    title: pick(info.title),
    count: info.feature_count,
  }));
  const flat = collections.map(({ title, itemCount }) => ({
    group: "flat" as const,
    title,
    count: itemCount,
  }));
  return [...city, ...flat];
}

/** The collections in another language. */
export async function translateCollections(catalogue: Catalogue, lang: Lang): Promise<Collection[]> {
  const sample = catalogue.city?.sample ?? false;
  return (await fetchCollections(lang)).map((collection) => plain(collection, sample));
}

function plain(collection: Collection, sample: boolean): Collection {
  return sample ? { ...collection, title: withoutSampleMark(collection.title) } : collection;
}

function plainTitles({ title }: TilesetInfo, sample: boolean): Bilingual {
  return sample ? { zh: withoutSampleMark(title.zh), en: withoutSampleMark(title.en) } : title;
}

function valueOf<T>(result: PromiseSettledResult<T>, otherwise: T): T {
  return result.status === "fulfilled" ? result.value : otherwise;
}

/** The layer that tiles could be made from when there are none: the first with buildings. */
export function layerWithoutTiles({ collections, tilesets }: Catalogue): string | null {
  if (tilesets.length > 0) return null;
  const buildings = collections.find(
    (collection) => collection["cim:class"] === "BLDG" && collection.itemCount > 0,
  );
  return buildings?.id ?? null;
}
