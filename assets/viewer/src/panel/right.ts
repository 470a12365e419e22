/** The right panel: three tabs over the object, the list and the overview. */

import { byId, h } from "../dom";
import { t, type TextKey } from "../i18n/index";

export type Tab = "object" | "list" | "overview";

const TABS: readonly Tab[] = ["object", "list", "overview"];

export class RightPanel {
  private tab: Tab = "overview";
  private readonly panel = byId("panel-right");

  constructor(
    private readonly contents: (tab: Tab) => HTMLElement[],
    private readonly opened: (tab: Tab) => void,
  ) {}

  get current(): Tab {
    return this.tab;
  }

  show(tab: Tab): void {
    this.tab = tab;
    this.opened(tab);
    this.render();
    this.panel.scrollTop = 0;
  }

  render(): void {
    const focused = document.activeElement?.id;
    const body = h(
      "div",
      { role: "tabpanel", id: `panel-${this.tab}`, "aria-labelledby": `tab-${this.tab}` },
      ...this.contents(this.tab),
    );
    this.panel.replaceChildren(h("div", { class: "tabs", role: "tablist" }, ...TABS.map((tab) => this.tabButton(tab))), body);
    if (focused) document.getElementById(focused)?.focus();
  }

  private tabButton(tab: Tab): HTMLElement {
    const selected = tab === this.tab;
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${tab}`,
        "aria-selected": String(selected),
        "aria-controls": `panel-${tab}`,
        tabindex: selected ? 0 : -1,
        onclick: () => this.show(tab),
        onkeydown: ((event: KeyboardEvent) => this.onKey(event)) as EventListener,
      },
      t(`nav.${tab}` satisfies TextKey),
    );
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length];
    if (!next) return;
    this.show(next);
    byId(`tab-${next}`).focus();
  }
}
