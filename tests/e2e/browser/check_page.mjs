// Facts about the map page as one JSON object on stdout; the assertions are in test_map_page.py.
// usage: node check_page.mjs '{"base": …, "empty": …, "target": {…}, "layer": …, "shots": …}'

import { join } from "node:path";
import {
  DESKTOP,
  PHONE,
  clickPlace,
  hoverPlace,
  openPage,
  shownEntity,
  stateOf,
  textOf,
  withBrowser,
} from "./page.mjs";

const { base, empty, target, layer, shots } = JSON.parse(process.argv[2]);

const shoot = (page, name) =>
  page.screenshot({ path: join(shots, `${name}.png`), timeout: 90_000 });

/** The page as a user meets it: nothing from outside, and how soon it is there. */
async function firstLook(browser) {
  const { page, seen } = await openPage(browser, base, { hash: "#lang=zh" });
  await shoot(page, "home");
  const facts = {
    external: seen.external,
    requests: seen.requests,
    console: seen.console,
    title: await page.title(),
    layers_zh: await textOf(page, "#panel-layers"),
    unnamed: await page.evaluate(countUnnamed),
    overflow: await page.evaluate(overflowing),
    keyboard: await tabStops(page),
    state: await stateOf(page),
  };
  await page.setViewportSize(PHONE);
  await shoot(page, "phone");
  facts.overflow_phone = await page.evaluate(overflowing);
  await page.close();
  return facts;
}

/** A click on a given building, seen from above and a little aside. */
async function clickBuilding(browser) {
  const { lon, lat, height } = target;
  const camera = [lon + 0.0003, lat, height + 400, 0, -90].join(",");
  const { page, seen } = await openPage(browser, base, { hash: `#c=${camera}&lang=zh` });
  const before = await page.evaluate(() => window.__cim.selectedPixels());
  await clickPlace(page, lon, lat, height);
  const entity = await shownEntity(page);
  const after = await page.evaluate(() => window.__cim.selectedPixels());
  const zh = await textOf(page, "#panel-right");
  await shoot(page, "selected");
  await page.click('#langs [data-lang="en"]');
  await page.waitForFunction(() => document.documentElement.lang === "en");
  const en = await textOf(page, "#panel-right");
  await page.waitForFunction((id) => location.hash.includes(`sel=${id}`), entity);
  const hash = await page.evaluate(() => location.hash);
  await page.locator("#map canvas").focus();
  await page.keyboard.press("Escape");
  const cleared = await stateOf(page);
  await page.close();
  const orange = { before, after };
  return { entity, orange, zh, en, hash, cleared: cleared.selection, console: seen.console };
}

/** The flat layer under the tiles: a tooltip, a click, a code copied, a layer cut off. */
async function clickFootprint(browser) {
  const { lon, lat } = target;
  const hash = `#c=${lon},${lat},500,0,-90&l=${layer}&lang=en`;
  const { page } = await openPage(browser, base, { hash });
  await page.waitForSelector(`[data-layer="${layer}"][data-state="ready"]`);
  await hoverPlace(page, lon, lat, 0);
  await page.waitForSelector("#tip:not([hidden])");
  const tip = await textOf(page, "#tip");
  await clickPlace(page, lon, lat, 0);
  const entity = await shownEntity(page);
  const orange = await page.evaluate(() => window.__cim.selectedPixels());
  await page.locator(".code button").first().click();
  const said = page.locator(".code button", { hasText: "Copied" });
  await said.waitFor({ timeout: 10_000 });
  const copied = await said.innerText();
  await page.close();
  return { tip, entity, orange, copied, badge: await cappedBadge(browser) };
}

/** What the panel says when the server has more features than it gives. */
async function cappedBadge(browser) {
  const prepare = (page) =>
    page.route(`**/ogc/collections/${layer}/items**`, async (route) => {
      const page = await (await route.fetch()).json();
      await route.fulfill({ json: { ...page, links: [], numberMatched: 1_000_000 } });
    });
  const { page } = await openPage(browser, base, { hash: `#l=${layer}&lang=en`, prepare });
  await page.waitForSelector(`[data-layer="${layer}"][data-state="ready"]`);
  const badge = await textOf(page, `[data-layer="${layer}"] .chip`);
  await page.close();
  return badge;
}

/** An address with a selection opens on that building; a wrong one says so. */
async function openLink(browser) {
  const { page } = await openPage(browser, base, { hash: `#sel=${target.entity_id}&lang=en` });
  const entity = await shownEntity(page);
  await page.evaluate(() => (location.hash = "#sel=BLDGNOBODY&lang=en"));
  await page.waitForSelector("#panel-object .notice");
  const wrong = await textOf(page, "#panel-object");
  await page.close();
  return { entity, wrong };
}

/** The list shows the same objects, without the map. */
async function useList(browser) {
  const { page } = await openPage(browser, base, { hash: "#lang=zh" });
  await page.locator("#map canvas").focus();
  await page.keyboard.press("l");
  await page.waitForSelector(".objects button");
  const rows = await page.locator(".objects button").count();
  const pager = await textOf(page, ".pager");
  await page.locator(".objects button").first().press("Enter");
  const entity = await shownEntity(page);
  await page.close();
  return { rows, pager, entity };
}

/** One layer and the tileset fail: both say why, the rest works, a retry brings the layer back. */
async function failingLayers(browser) {
  const items = `**/ogc/collections/${layer}/items**`;
  const problem = {
    status: 503,
    contentType: "application/problem+json",
    body: JSON.stringify({ title: "Service Unavailable", status: 503, detail: "try later" }),
  };
  const prepare = async (page) => {
    await page.route(items, (route) => route.fulfill(problem));
    await page.route("**/3dtiles/*/tileset.json", (route) => route.abort());
  };
  const hash = `#l=3d-${layer},${layer}&lang=zh`;
  const { page } = await openPage(browser, base, { hash, prepare });
  await page.waitForSelector(`[data-layer="${layer}"][data-state="failed"]`);
  await shoot(page, "failed");
  const failed = await textOf(page, "#panel-layers");
  const tiles = await page.locator('[data-layer^="3d-"]').first().getAttribute("data-state");
  await page.unroute(items);
  await page.click(`[data-layer="${layer}"] .notice button`);
  await page.waitForSelector(`[data-layer="${layer}"][data-state="ready"]`);
  await page.close();
  return { failed, tiles, retried: true };
}

/** A city without tiles, a city without layers, a server that is gone. */
async function missingParts(browser) {
  const noTiles = (page) =>
    page.route("**/3dtiles", (route) => route.fulfill({ json: { tilesets: [] } }));
  const untiled = await openPage(browser, base, { hash: "#lang=zh", prepare: noTiles });
  const no_tiles = await textOf(untiled.page, "#panel-layers");
  await untiled.page.close();
  const bare = await openPage(browser, empty, { hash: "#lang=zh" });
  const no_layers = { text: await textOf(bare.page, "#state"), console: bare.seen.console };
  await shoot(bare.page, "empty");
  await bare.page.close();
  const cut = (page) => page.route(/\/(api|ogc|3dtiles)(\/|$)/, (route) => route.abort());
  const gone = await openPage(browser, base, { hash: "#lang=zh", prepare: cut });
  const down = await textOf(gone.page, "#state");
  await gone.page.close();
  return { no_tiles, no_layers, down };
}

/** A browser without WebGL gets the list; a lost context gets a way back. */
async function brokenGraphics(browser) {
  const withoutWebgl = (page) =>
    page.addInitScript(() => {
      const original = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind.startsWith("webgl") ? null : original.call(this, kind, ...rest);
      };
    });
  const plain = await openPage(browser, base, { hash: "#lang=en", prepare: withoutWebgl });
  await plain.page.waitForSelector(".objects button");
  const no_webgl = {
    text: await textOf(plain.page, "#state"),
    rows: await plain.page.locator(".objects button").count(),
    layers: await textOf(plain.page, "#panel-layers"),
  };
  await shoot(plain.page, "no-webgl");
  await plain.page.close();
  const { page } = await openPage(browser, base, { hash: "#lang=zh" });
  await page.evaluate(() => {
    const context = document.querySelector("#map canvas").getContext("webgl2");
    context.getExtension("WEBGL_lose_context").loseContext();
  });
  await page.waitForSelector('#state[data-kind="lost"]');
  const lost = await textOf(page, "#state");
  await page.close();
  return { no_webgl, lost };
}

/** Controls that a screen reader could not name. */
function countUnnamed() {
  const controls = document.querySelectorAll("button, a, input, select, canvas, [role=application]");
  return [...controls].filter((control) => {
    const label = control.closest("label")?.textContent ?? "";
    const name = control.getAttribute("aria-label") ?? "";
    return !`${name}${label}${control.textContent}`.trim();
  }).length;
}

/** Panels that are wider than their frame. */
function overflowing() {
  const frames = document.querySelectorAll("body, header, aside, main, nav, section");
  return [...frames]
    .filter((frame) => frame.clientWidth > 0 && frame.scrollWidth > frame.clientWidth + 1)
    .map((frame) => frame.id || frame.tagName);
}

/** What the Tab key reaches, in order, until it comes round. */
async function tabStops(page) {
  const stops = [];
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (!element || element === document.body) return null;
      return element.id || element.getAttribute("aria-label") || element.textContent.trim();
    });
    if (stop === null || stops.includes(stop)) break;
    stops.push(stop);
  }
  return stops;
}

const facts = await withBrowser(async (browser) => ({
  viewport: DESKTOP,
  first: await firstLook(browser),
  click: await clickBuilding(browser),
  link: await openLink(browser),
  list: await useList(browser),
  flat: await clickFootprint(browser),
  failing: await failingLayers(browser),
  missing: await missingParts(browser),
  graphics: await brokenGraphics(browser),
}));
process.stdout.write(`${JSON.stringify(facts)}\n`);
