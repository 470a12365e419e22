/** The search box: names while typing, places on Enter. */

import { fetchPlaces, fetchSuggestions, isAbort } from "../api";
import { announce, byId, h } from "../dom";
import { reasonOf, t, type TextKey } from "../i18n/index";
import type { Place } from "../types";

const WAIT_MS = 150;
const MOST = 8;
/** Characters that the geocoder takes. */
const LONGEST = 200;

export interface SearchActions {
  /** Middle of the map, null while there is none. */
  middle(): [number, number] | null;
  show(place: Place): void;
}

/** A combobox after the pattern of the ARIA practices, with a list that the server fills. */
export class SearchBox {
  private readonly input = h("input", {
    type: "search",
    id: "search-text",
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": "search-list",
    "aria-expanded": "false",
    autocomplete: "off",
    maxlength: LONGEST,
    oninput: () => this.typed(),
    onkeydown: ((event: KeyboardEvent) => this.onKey(event)) as EventListener,
    onblur: () => setTimeout(() => this.fold(), WAIT_MS),
  });
  private readonly list = h("ul", { id: "search-list", role: "listbox", class: "float", hidden: true });
  private places: Place[] = [];
  private active = -1;
  private timer = 0;
  private request: AbortController | null = null;

  constructor(private readonly act: SearchActions) {
    const form = byId<HTMLFormElement>("search");
    form.append(this.input, this.list);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.search();
    });
  }

  render(): void {
    this.input.placeholder = t("search.hint");
    this.input.setAttribute("aria-label", t("search.label"));
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.suggest(), WAIT_MS);
  }

  private async suggest(): Promise<void> {
    const text = this.input.value.trim();
    if (text === "") {
      this.fold();
      return;
    }
    await this.fill((signal) => fetchSuggestions(text, MOST, this.act.middle(), signal));
  }

  private async search(): Promise<void> {
    const text = this.input.value.trim();
    const chosen = this.places[this.active];
    if (chosen) this.choose(chosen);
    else if (text !== "") {
      await this.fill((signal) => fetchPlaces(text, MOST, signal), t("search.none"));
      if (this.places.length === 1 && this.places[0]) this.choose(this.places[0]);
    }
  }

  /** Fills the list with what the server says; `nothing` is told when that is nothing. */
  private async fill(ask: (signal: AbortSignal) => Promise<Place[]>, nothing = ""): Promise<void> {
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = new AbortController();
    try {
      this.places = await ask(this.request.signal);
      this.unfold(this.places.length === 0 ? nothing : "");
    } catch (error) {
      if (isAbort(error)) return;
      this.places = [];
      this.unfold(reasonOf(error));
    }
  }

  private unfold(message: string): void {
    this.active = -1;
    const items = this.places.map((place, row) => this.option(place, row));
    if (message !== "") items.push(h("li", { class: "row row-off" }, message));
    this.list.replaceChildren(...items);
    this.list.hidden = items.length === 0;
    this.input.setAttribute("aria-expanded", String(this.places.length > 0));
    this.input.removeAttribute("aria-activedescendant");
    if (items.length > 0) announce(message || t("search.found", { count: this.places.length }));
  }

  private option(place: Place, row: number): HTMLLIElement {
    const { label, match_level, match_status } = place.properties.geocoding;
    const notes = [t(`level.${match_level}` as TextKey)];
    if (match_status && match_status !== "exact") notes.push(t(`match.${match_status}` as TextKey));
    return h(
      "li",
      {
        role: "option",
        id: `search-${row}`,
        class: "row",
        "aria-selected": "false",
        onmousedown: ((event: Event) => event.preventDefault()) as EventListener,
        onclick: () => this.choose(place),
      },
      h("span", { class: "name" }, label),
      h("small", {}, notes.join(" · ")),
    );
  }

  private choose(place: Place): void {
    this.input.value = place.properties.geocoding.label;
    this.fold();
    this.act.show(place);
  }

  private fold(): void {
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.fold();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || this.places.length === 0) return;
    event.preventDefault();
    this.active = (this.active + step + this.places.length) % this.places.length;
    for (const [row, option] of [...this.list.children].entries())
      option.setAttribute("aria-selected", String(row === this.active));
    this.input.setAttribute("aria-activedescendant", `search-${this.active}`);
    this.list.hidden = false;
  }
}
