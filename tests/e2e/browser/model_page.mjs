// A building model on the map page: a click on an element, and the storeys cut away.
//
// Standard input: {"base": "http://127.0.0.1:1234", "shots": "DIR"}.
// Standard output: what the panel said, and the elements seen before and after the cut.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { openPage, withBrowser } from "./page.mjs";

const task = JSON.parse(readFileSync(0, "utf8"));
const STEP_PX = 36;

/** Entity ids under a net of pixels, with one pixel of each. */
const elementsOf = (page) =>
  page.evaluate((step) => {
    const canvas = document.querySelector("#map canvas");
    const found = {};
    for (let y = step; y < canvas.clientHeight; y += step)
      for (let x = step; x < canvas.clientWidth; x += step) {
        const object = window.__cim.pickAt(x, y);
        if (object) found[object.entityId] ??= { x, y };
      }
    return found;
  }, STEP_PX);

await withBrowser(async (browser) => {
  const { page, seen } = await openPage(browser, task.base);
  const whole = await elementsOf(page);
  const [entityId, at] = Object.entries(whole)[0];
  const box = await page.locator("#map canvas").boundingBox();
  await page.mouse.click(box.x + at.x, box.y + at.y);
  await page.locator("#model").waitFor({ timeout: 60_000 });
  for (const set of await page.locator("#property-sets details").all())
    await set.evaluate((element) => (element.open = true));
  const panel = await page.locator("#panel-object").innerText();
  await page.screenshot({ path: join(task.shots, "clicked.png"), timeout: 90_000 });
  const choice = page.locator("select[id^=cut-]");
  const storeys = await choice.locator("option").allTextContents();
  await choice.selectOption({ index: 1 });
  await page.waitForTimeout(5_000);
  const cut = await elementsOf(page);
  await page.screenshot({ path: join(task.shots, "cut.png"), timeout: 90_000 });
  const told = { entityId, panel, storeys, whole: Object.keys(whole), cut: Object.keys(cut) };
  console.log(JSON.stringify({ ...told, console: seen.console, external: seen.external }));
});
