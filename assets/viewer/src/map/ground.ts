/** The land under the city: a disc that fades into the sky, instead of a globe. */

import {
  BufferPolygon,
  BufferPolygonMaterial,
  Cartesian3,
  Color,
  GeoJsonPrimitive,
  Matrix4,
  Transforms,
  Cartographic,
} from "cesium";
import { SKY } from "./scene";

export const LAND = "#e9edec";

const SEGMENTS = 72;
/** Ring radii in units of the city's radius; the first two are plain land. */
const RINGS = [0, 1, 1.5, 2, 2.6, 3.3, 4.2, 5.4, 7, 9, 12];
const FIRST_FADING_RING = 1;

/** A disc around (lon, lat) at `height` metres; `radius` metres of it are plain land. */
export function createGround(
  lon: number,
  lat: number,
  height: number,
  radius: number,
): GeoJsonPrimitive {
  const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(lon, lat));
  const at = (ring: number, segment: number): number[] => {
    const angle = (segment / SEGMENTS) * 2 * Math.PI;
    const distance = (RINGS[ring] ?? 0) * radius;
    const local = new Cartesian3(distance * Math.cos(angle), distance * Math.sin(angle), 0);
    const place = Cartographic.fromCartesian(Matrix4.multiplyByPoint(frame, local, local));
    return [place.longitude * (180 / Math.PI), place.latitude * (180 / Math.PI), height];
  };
  const features = [];
  for (let ring = 0; ring + 1 < RINGS.length; ring++)
    for (let segment = 0; segment < SEGMENTS; segment++) {
      const corners = [at(ring, segment), at(ring + 1, segment), at(ring + 1, segment + 1)];
      if (ring > 0) corners.push(at(ring, segment + 1));
      const geometry = { type: "Polygon", coordinates: [[...corners, corners[0]]] };
      features.push({ type: "Feature", id: ring, geometry, properties: {} });
    }
  const geoJson = { type: "FeatureCollection", features };
  const ground = GeoJsonPrimitive.fromGeoJson(geoJson, { allowPicking: false });
  paint(ground);
  return ground;
}

function paint(ground: GeoJsonPrimitive): void {
  const land = Color.fromCssColorString(LAND);
  const sky = Color.fromCssColorString(SKY);
  const polygon = new BufferPolygon();
  const fading = RINGS.length - 2 - FIRST_FADING_RING;
  for (let index = 0; index < ground.featureCount; index++) {
    const ring = Math.floor(index / SEGMENTS);
    const share = Math.min(1, Math.max(0, (ring - FIRST_FADING_RING) / fading));
    ground.polygons?.get(index, polygon);
    polygon.setMaterial(new BufferPolygonMaterial({ color: Color.lerp(land, sky, share, new Color()) }));
  }
}
