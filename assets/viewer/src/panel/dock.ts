/** The bar at the bottom of a phone: which sheet is open. */

import { byId, h } from "../dom";
import { t } from "../i18n/index";
import type { Tab } from "./right";

export type Sheet = "map" | "layers" | Tab;

const SHEETS: readonly Sheet[] = ["map", "layers", "object", "list", "overview"];

export class Dock {
  private sheet: Sheet = "map";

  constructor(private readonly opened: (sheet: Sheet) => void) {}

  show(sheet: Sheet): void {
    this.sheet = sheet;
    byId("app").dataset["sheet"] = sheet;
    this.render();
  }

  render(): void {
    const buttons = SHEETS.map((sheet) =>
      h(
        "button",
        {
          type: "button",
          "aria-current": sheet === this.sheet ? "true" : null,
          onclick: () => {
            this.show(sheet);
            this.opened(sheet);
          },
        },
        t(`nav.${sheet}`),
      ),
    );
    byId("dock").replaceChildren(...buttons);
  }
}
