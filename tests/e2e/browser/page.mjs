// A Chromium without network and with software drawing, and what tests ask of the map page in it.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(new URL("../../../assets/viewer/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const FLAGS = [
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-gpu-watchdog",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Runs `work` with a browser that has an empty profile, and closes both whatever happens. */
export async function withBrowser(work) {
  const profile = mkdtempSync(join(tmpdir(), "cim-browser-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: DESKTOP,
    locale: "zh-CN",
    args: FLAGS,
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Milliseconds from navigation to the first tiles, of every page opened so far. */
export const readyTimes = [];

/** Opens the map page in a fresh tab; `prepare` may change the tab before it loads anything. */
export async function openPage(browser, base, { query = "quality=low", hash = "", prepare } = {}) {
  const page = await browser.newPage();
  const seen = { external: [], requests: 0, console: [] };
  page.on("request", (request) => {
    seen.requests += 1;
    const url = request.url();
    if (!url.startsWith(base) && !/^(blob|data):/.test(url)) seen.external.push(url);
  });
  page.on("console", (message) => message.type() === "error" && seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  if (prepare) await prepare(page);
  await page.goto(`${base}/?${query}${hash}`);
  await page.waitForFunction(() => window.__ready === true, null, { timeout: 60_000 });
  readyTimes.push(await page.evaluate(() => window.__cim.readyMs));
  return { page, seen };
}

export const stateOf = (page) => page.evaluate(() => window.__cim.state());

export const textOf = (page, selector) => page.locator(selector).innerText();

/** Moves the pointer to where a place on Earth is drawn. */
export async function hoverPlace(page, lon, lat, height) {
  const at = await page.evaluate((place) => window.__cim.screenOf(...place), [lon, lat, height]);
  const box = await page.locator("#map canvas").boundingBox();
  await page.mouse.move(box.x + at.x, box.y + at.y);
}

/** Clicks the map where a place on Earth is drawn. */
export async function clickPlace(page, lon, lat, height) {
  await hoverPlace(page, lon, lat, height);
  await page.mouse.down();
  await page.mouse.up();
}

/** Waits until the panel shows an entity, and gives its id. */
export async function shownEntity(page) {
  await page.waitForSelector("#entity[data-entity]", { timeout: 30_000 });
  return page.locator("#entity").getAttribute("data-entity");
}
