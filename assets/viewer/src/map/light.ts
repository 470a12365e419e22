/** A sun that never moves: the same light at every hour, on every machine. */

import { Cartesian3, DirectionalLight, Matrix4, Transforms } from "cesium";

/** East, north, up parts of the direction to the sun. */
const SUN = new Cartesian3(-0.62, -0.55, 0.56);

export interface Light {
  /** Unit vectors in Earth-fixed axes. */
  up: Cartesian3;
  toSun: Cartesian3;
}

export function lightAt(lon: number, lat: number): Light {
  const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(lon, lat));
  const toWorld = (local: Cartesian3): Cartesian3 => {
    const world = Matrix4.multiplyByPointAsVector(frame, local, new Cartesian3());
    return Cartesian3.normalize(world, world);
  };
  return { up: toWorld(Cartesian3.UNIT_Z), toSun: toWorld(SUN) };
}

/** The light for what is shaded by Cesium itself, such as models that bring their own materials. */
export function sceneLight({ toSun }: Light): DirectionalLight {
  const direction = Cartesian3.negate(toSun, new Cartesian3());
  return new DirectionalLight({ direction, intensity: 2.5 });
}
