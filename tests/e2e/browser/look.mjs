// Looks at tilesets in CesiumJS from two distances: pictures, pixels and picks.
//
// Standard input: {"base": "http://127.0.0.1:1234", "tilesets": {"name": "path"}, "shots": "DIR",
// "cuts": {"name": "${storey_number} <= 1"}}; a cut is a third view, from afar, of what it shows;
// with it comes a look from far away.
// Standard output: what was seen of each, by name.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { withBrowser } from "./page.mjs";

const task = JSON.parse(readFileSync(0, "utf8"));
const PICTURE = { width: 900, height: 600 };

async function look(browser, name, path) {
  const page = await browser.newPage();
  const consoled = [];
  const external = [];
  page.on("console", (line) => line.type() === "error" && consoled.push(line.text()));
  page.on("pageerror", (error) => consoled.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(task.base) && !/^(blob|data):/.test(url)) external.push(url);
  });
  try {
    await page.setViewportSize(PICTURE);
    await page.goto(`${task.base}/look.html`);
    await page.waitForFunction(() => window.__look !== undefined, null, { timeout: 30_000 });
    const place = await page.evaluate((url) => window.__look.open(url), `${task.base}/${path}`);
    const views = {};
    const cut = task.cuts?.[name];
    for (const view of cut === undefined ? ["far", "near"] : ["away", "far", "near", "cut"]) {
      const move = view === "cut" ? "far" : view;
      let settled = await page.evaluate((which) => window.__look[which](), move);
      if (view === "cut") settled = await page.evaluate((what) => window.__look.show(what), cut);
      await page.screenshot({ path: join(task.shots, `${name}-${view}.png`), timeout: 90_000 });
      const pixels = await page.evaluate(() => window.__look.pixels());
      const picked = view === "away" ? "middle" : "picks";
      const picks = await page.evaluate((which) => window.__look[which](), picked);
      views[view] = { settled, pixels, picks };
    }
    const failures = await page.evaluate(() => window.__look.failures());
    return { place, ...views, failures, console: consoled, external };
  } catch (error) {
    return { error: String(error), console: consoled, external };
  } finally {
    await page.close();
  }
}

const seen = await withBrowser(async (browser) => {
  const found = {};
  for (const [name, path] of Object.entries(task.tilesets)) {
    found[name] = await look(browser, name, path);
  }
  return found;
});
process.stdout.write(JSON.stringify(seen));
