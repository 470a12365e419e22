// The page side of look.mjs: one tileset on a plain ground, and what the picture shows of it.

const { Cesium } = window;
const BACKGROUND = [214, 232, 242];
const PICKS = 15;
const STILL_FRAMES = 5;

Cesium.Ion.defaultAccessToken = undefined;
const widget = new Cesium.CesiumWidget("map", {
  baseLayer: false,
  globe: false,
  skyBox: false,
  skyAtmosphere: false,
  msaaSamples: 1,
  requestRenderMode: false,
  contextOptions: { webgl: { preserveDrawingBuffer: true } },
});
const { scene } = widget;
scene.backgroundColor = Cesium.Color.fromBytes(...BACKGROUND, 255);
widget.camera.frustum.near = 0.02;
scene.light = new Cesium.DirectionalLight({ direction: new Cesium.Cartesian3(1, 0, 0) });

const failures = [];
let tileset = null;

/** Loads a tileset in the place of the one before. */
async function open(url) {
  failures.length = 0;
  if (tileset !== null) scene.primitives.remove(tileset);
  tileset = await Cesium.Cesium3DTileset.fromUrl(url);
  tileset.environmentMapManager.enabled = false;
  tileset.pointCloudShading.attenuation = true;
  tileset.imageBasedLighting.imageBasedLightingFactor = new Cesium.Cartesian2(1, 0);
  tileset.tileFailed.addEventListener(({ url: at, message }) => failures.push(`${at}: ${message}`));
  scene.primitives.add(tileset);
  const { center, radius } = tileset.boundingSphere;
  const place = Cesium.Cartographic.fromCartesian(center);
  return {
    lon: Cesium.Math.toDegrees(place.longitude),
    lat: Cesium.Math.toDegrees(place.latitude),
    height: place.height,
    radius,
  };
}

/** Looks at a point (x, y, z) from the south-west and above, and waits until all is drawn. */
async function lookAt(point, range) {
  const target = Cesium.Cartesian3.fromArray(point);
  const angles = new Cesium.HeadingPitchRange(0.6, -0.6, range);
  widget.camera.lookAt(target, angles);
  const up = Cesium.Ellipsoid.WGS84.geodeticSurfaceNormal(target, new Cesium.Cartesian3());
  const sun = Cesium.Cartesian3.negate(up, new Cesium.Cartesian3());
  const side = Cesium.Cartesian3.multiplyByScalar(widget.camera.right, -0.4, new Cesium.Cartesian3());
  const ahead = Cesium.Cartesian3.multiplyByScalar(widget.camera.direction, 0.7, new Cesium.Cartesian3());
  for (const part of [side, ahead]) Cesium.Cartesian3.add(sun, part, sun);
  scene.light.direction = Cesium.Cartesian3.normalize(sun, sun);
  return settled();
}

/** Draws until all tiles of the view are there; false when that takes too long. */
async function settled() {
  let still = 0;
  const end = performance.now() + 60_000;
  while (still < STILL_FRAMES && performance.now() < end) {
    await new Promise((done) => requestAnimationFrame(done));
    scene.render();
    still = tileset.tilesLoaded ? still + 1 : 0;
  }
  return still >= STILL_FRAMES;
}

/** The whole tileset from a number of its radii away. */
function from(radii) {
  const { center, radius } = tileset.boundingSphere;
  return lookAt([center.x, center.y, center.z], Math.max(radii * radius, 0.2));
}

/** The whole tileset, from far enough to see all of it. */
const far = () => from(1.6);

/** The whole tileset from where it is a speck: what stands for it there. */
const away = () => from(60);

/** Some feature, from close by: the one drawn nearest to the middle of the far view. */
async function near() {
  const found = picks().sort((a, b) => a.away - b.away)[0] ?? pickAt(drawnPlace());
  if (found === undefined) return false;
  const { radius } = tileset.boundingSphere;
  return lookAt(found.position, Math.min(Math.max(radius * 0.7, 0.1), 120));
}

/** The drawn pixel nearest to the middle: sparse cities slip through the grid of `picks`. */
function drawnPlace() {
  const { width, height, values } = readPixels();
  let best = { away: Infinity, x: width / 2, y: height / 2 };
  for (let at = 0; at < values.length; at += 4) {
    if (!isDrawn(values, at)) continue;
    const x = (at / 4) % width;
    const y = height - 1 - Math.floor(at / 4 / width);
    const away = Math.hypot(x - width / 2, y - height / 2);
    if (away < best.away) best = { away, x, y };
  }
  return new Cesium.Cartesian2(best.x, best.y);
}

/** Shows only what a style lets be seen (3D Tiles Styling), and waits until that is drawn. */
async function show(condition) {
  tileset.style = new Cesium.Cesium3DTileStyle({ show: condition });
  return settled();
}

/** What lies in the middle of what is drawn. */
function middle() {
  const found = pickAt(drawnPlace());
  return found === undefined ? [] : [found];
}

/** What lies under a grid of places of the picture. */
function picks() {
  const { clientWidth: width, clientHeight: height } = scene.canvas;
  const found = [];
  for (let row = 1; row < PICKS; row += 1) {
    for (let column = 1; column < PICKS; column += 1) {
      found.push(pickAt(new Cesium.Cartesian2((width * column) / PICKS, (height * row) / PICKS)));
    }
  }
  return found.filter((each) => each !== undefined);
}

/** What lies at a place of the picture, undefined for the background. */
function pickAt(at) {
  const object = scene.pick(at);
  const position = object === undefined ? undefined : scene.pickPosition(at);
  if (position === undefined) return undefined;
  const { clientWidth: width, clientHeight: height } = scene.canvas;
  const named = object instanceof Cesium.Cesium3DTileFeature;
  const names = named ? object.getPropertyIds() : [];
  const place = Cesium.Cartographic.fromCartesian(position);
  return {
    away: Math.hypot(at.x - width / 2, at.y - height / 2),
    position: [position.x, position.y, position.z],
    lon: Cesium.Math.toDegrees(place.longitude),
    lat: Cesium.Math.toDegrees(place.latitude),
    height: place.height,
    properties: Object.fromEntries(names.map((name) => [name, object.getProperty(name)])),
  };
}

function readPixels() {
  const { drawingBufferWidth: width, drawingBufferHeight: height } = scene.context;
  const gl = scene.context._gl;
  const values = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, values);
  return { width, height, values, lost: gl.isContextLost() };
}

function isDrawn(values, at) {
  return BACKGROUND.some((value, i) => Math.abs(values[at + i] - value) > 3);
}

/** Shares of the picture that are drawn on and that are black, and its mean colour there. */
function pixels() {
  const { width, height, values, lost } = readPixels();
  let drawn = 0;
  let black = 0;
  const sum = [0, 0, 0];
  const colours = new Set();
  for (let at = 0; at < values.length; at += 4) {
    if (!isDrawn(values, at)) continue;
    drawn += 1;
    if (values[at] + values[at + 1] + values[at + 2] < 24) black += 1;
    for (let i = 0; i < 3; i += 1) sum[i] += values[at + i];
    colours.add((values[at] >> 4) * 256 + (values[at + 1] >> 4) * 16 + (values[at + 2] >> 4));
  }
  return {
    drawn: drawn / (width * height),
    black: drawn ? black / drawn : 0,
    mean: sum.map((value) => Math.round(value / Math.max(drawn, 1))),
    colours: colours.size,
    lost,
  };
}

window.__look = { open, far, near, away, show, picks, middle, pixels, failures: () => [...failures] };
