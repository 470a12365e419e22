// Opens the page behind a plate on a telephone, reports a fault, and draws plates.
//
// Standard input: {"base": "http://127.0.0.1:1234", "code": "…", "plates": {"name": "path"}, "shots": "DIR"}.
// Standard output: what was seen of the page; pictures of page and plates lie in the folder.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { PHONE, withBrowser } from "./page.mjs";

const task = JSON.parse(readFileSync(0, "utf8"));
const PLATE = { width: 2200, height: 1450 };

async function opened(browser, size) {
  const page = await browser.newPage();
  const seen = { console: [], external: [] };
  page.on("console", (line) => line.type() === "error" && seen.console.push(line.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(task.base)) seen.external.push(request.url());
  });
  await page.setViewportSize(size);
  return { page, seen };
}

async function visit(browser) {
  const { page, seen } = await opened(browser, PHONE);
  await page.goto(`${task.base}/a/${task.code}?lang=zh`);
  await page.screenshot({ path: join(task.shots, "page.png"), fullPage: true });
  const title = await page.locator("h1").innerText();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  const unnamed = await page.evaluate(
    () => [...document.querySelectorAll("svg, input:not([type=hidden]), textarea")]
      .filter((one) => !(one.getAttribute("aria-label") || one.labels?.length)).length,
  );
  const small = await page.evaluate(
    () => [...document.querySelectorAll(".links a, button")]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44).length,
  );
  await page.locator("summary").click();
  await page.locator("input[value=plate_damaged]").check();
  await page.locator("textarea").fill("二维码刮花");
  await page.locator("form button").click();
  const thanks = await page.locator("[role=status]").innerText();
  await page.locator("header a").click();
  const other = await page.locator("html").getAttribute("lang");
  return { title, width, unnamed, small, thanks, other, ...seen };
}

async function draw(browser) {
  const { page } = await opened(browser, PLATE);
  for (const [name, path] of Object.entries(task.plates)) {
    await page.goto(`${task.base}${path}`);
    await page.screenshot({ path: join(task.shots, `${name}.png`) });
  }
}

const seen = await withBrowser(async (browser) => {
  await draw(browser);
  return visit(browser);
});
process.stdout.write(JSON.stringify(seen));
