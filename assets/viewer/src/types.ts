/** What the server says: the HTTP contract of `/api`, `/ogc` and `/3dtiles` in types. */

export type Lang = "zh" | "en";

export type Bilingual = Record<Lang, string>;

/** West, south, east, north; degrees CGCS2000. */
export type Bounds = [number, number, number, number];

export interface City {
  name: string;
  title: Bilingual;
  division_code: string | null;
  bounds: Bounds | null;
  sample: boolean;
  version: string;
  entity_count: number;
}

export interface TilesetInfo {
  id: string;
  title: Bilingual;
  layer: string | null;
  href: string;
  bounds: Bounds | null;
  feature_count: number | null;
}

/** A storey of a building model. */
export interface Storey {
  building: string;
  number: number;
  name: string;
  /** Above the model's zero. */
  elevation_m: number;
}

/** What is read of a tileset before its content. */
export interface TilesetDocument {
  asset: {
    extras?: {
      point_count?: number;
      textured?: boolean;
      linked_models?: string[];
      model?: { storeys: Storey[] };
    };
  };
  root: TilesetRoot;
}

/** The parts of a 3D Tiles root tile that say where it stands. */
export interface TilesetRoot {
  transform?: number[];
  boundingVolume: { region?: number[]; box?: number[]; sphere?: number[] };
}

export interface Collection {
  id: string;
  title: string;
  itemCount: number;
  "cim:class": string;
  "cim:geometryType": string;
  "cim:nameField"?: string | null;
  "cim:heightField"?: string | null;
  extent?: { spatial?: { bbox?: Bounds[] } };
}

export interface Link {
  rel: string;
  href: string;
  title?: string;
}

export interface Attribute {
  value: string | number | boolean | null;
  title: Bilingual;
  unit: string;
}

/** A named group of properties in a building model. */
export interface PropertySet {
  name: string;
  /** Whether the element has it itself, or by its type. */
  origin: string;
  values: { name: string; value: unknown; unit?: string | null }[];
}

/** What a building model says of an element beyond the columns of its layer. */
export interface ModelFacts {
  model: string;
  href: string;
  global_id: string | null;
  ifc_class: string;
  type: { name: string | null } | null;
  materials: string[];
  properties: PropertySet[];
  quantities?: PropertySet[];
}

export interface Entity {
  id: string;
  class: string;
  class_title: Bilingual;
  name: string | null;
  layer: string;
  layer_title: Bilingual;
  fid: number;
  status: "valid" | "retired";
  valid_from: string | null;
  valid_to: string | null;
  position: [number, number];
  bounds: Bounds;
  height_m: number | null;
  codes: { beidou: string | null; geosot: string | null; h3: string | null };
  attributes: Record<string, Attribute>;
  source: {
    name: string;
    source_id: string | null;
    loaded_at: string | null;
    file?: string | null;
    crs?: string | null;
  };
  links: Link[];
  /** Of entities that came with a building model. */
  model?: ModelFacts;
}

/** An answer of the geocoder. */
export interface Place {
  geometry: { coordinates: [number, number] };
  properties: {
    geocoding: {
      label: string;
      match_level: string;
      match_status?: string;
      confidence?: number;
    };
  };
}

export type Position = [number, number, ...number[]];

export type Geometry =
  | { type: "Point"; coordinates: Position }
  | { type: "MultiPoint" | "LineString"; coordinates: Position[] }
  | { type: "MultiLineString" | "Polygon"; coordinates: Position[][] }
  | { type: "MultiPolygon"; coordinates: Position[][][] }
  | { type: "GeometryCollection"; geometries: Geometry[] };

export type Properties = Record<string, unknown>;

export interface Feature {
  type: "Feature";
  id: number | string;
  geometry: Geometry | null;
  properties: Properties;
}

export interface FeaturePage {
  features: Feature[];
  numberMatched?: number;
  numberReturned?: number;
  links?: Link[];
}
