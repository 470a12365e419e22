// Milliseconds from navigation to the first tiles, of several loads: node ready.mjs BASE ROUNDS
import { openPage, readyTimes, withBrowser } from "../tests/e2e/browser/page.mjs";

const [base, rounds] = process.argv.slice(2);
await withBrowser(async (browser) => {
  for (let round = 0; round < Number(rounds); round += 1) {
    const { page } = await openPage(browser, base);
    await page.close();
  }
});
console.log(JSON.stringify(readyTimes));
