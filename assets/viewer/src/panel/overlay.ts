/** What floats on the map: progress, legend, tools, coordinates and scale, tooltips. */

import { byId, h, icon } from "../dom";
import { formatCount, formatNumber, t } from "../i18n/index";
import { HEIGHT_CLASSES, NO_HEIGHT, SELECTED } from "../layers/style";
import type { PickedObject } from "../layers/layer";
import type { CameraDriver } from "../map/camera";
import type { ScreenPoint } from "../map/view";

/** The chip at the top left: null hides it. */
export function renderProgress(text: string | null, waiting = 0): void {
  const chip = byId("progress");
  chip.hidden = text === null;
  if (text === null) return;
  const bar = h("span", { class: "bar", role: "progressbar", "aria-label": text }, h("i"));
  const count = waiting > 0 && h("span", {}, t("map.progress_count", { count: formatCount(waiting) }));
  chip.replaceChildren(h("span", {}, text), bar, ...(count ? [count] : []));
}

export function renderLegend(visible: boolean): void {
  const legend = byId("legend");
  legend.hidden = !visible;
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", t("legend.label"));
  const ramp = HEIGHT_CLASSES.map(({ color }) => colored("i", "", color));
  const limits = HEIGHT_CLASSES.map(({ from }, index) =>
    h("span", {}, index === HEIGHT_CLASSES.length - 1 ? `${from}+` : String(from)),
  );
  legend.replaceChildren(
    h("b", {}, t("legend.title")),
    h("div", { class: "ramp" }, ...ramp),
    h("div", { class: "limits" }, ...limits),
    h("div", { class: "keys" }, key(NO_HEIGHT, t("legend.unknown")), key(SELECTED, t("legend.selected"))),
  );
}

function key(color: string, text: string): HTMLElement {
  return h("span", {}, colored("span", "swatch", color), text);
}

function colored(tag: "i" | "span", className: string, color: string): HTMLElement {
  const element = h(tag, className ? { class: className } : {});
  element.style.background = color;
  return element;
}

export interface ToolActions {
  zoom(factor: number): void;
  north(): void;
  home(): void;
}

export function renderTools(act: ToolActions): void {
  const tool = (label: string, picture: Node, action: () => void): HTMLElement =>
    h("button", { type: "button", "aria-label": label, title: label, onclick: action }, picture);
  byId("tools").replaceChildren(
    tool(t("map.zoom_in"), icon("M10 4v12M4 10h12"), () => act.zoom(0.6)),
    tool(t("map.zoom_out"), icon("M4 10h12"), () => act.zoom(1.6)),
    h("hr"),
    tool(t("map.north"), needle(), () => act.north()),
    tool(t("map.home"), icon("M3 10 10 3l7 7M5 8.5V17h10V8.5"), () => act.home()),
  );
}

function needle(): SVGSVGElement {
  const svg = icon("m10 2 4 8H6z", { fill: true });
  svg.classList.add("needle");
  svg.id = "needle";
  svg.style.color = "#b3261e";
  const south = svg.firstElementChild?.cloneNode() as SVGPathElement;
  south.setAttribute("d", "m10 18 4-8H6z");
  south.style.fill = "#98a6b0";
  svg.append(south);
  return svg;
}

/** Turns the needle and redraws coordinates and scale bar. */
export function renderStatus(camera: CameraDriver, pointer: ScreenPoint | null, canvas: HTMLElement): void {
  document.getElementById("needle")?.style.setProperty("transform", `rotate(${-camera.state.heading}deg)`);
  const point = pointer ?? { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
  const place = camera.groundAt(point.x, point.y);
  const status = byId("status");
  status.hidden = place === null;
  if (!place) return;
  const degrees = (radians: number): number => (radians * 180) / Math.PI;
  const text = coordinateText(degrees(place.longitude), degrees(place.latitude));
  status.replaceChildren(scaleBar(camera.metresPerPixel()), h("span", { class: "mono" }, text), h("span", {}, "CGCS2000"));
}

export function coordinateText(lon: number, lat: number): string {
  const east = t(lon < 0 ? "coord.lon_west" : "coord.lon_east");
  const north = t(lat < 0 ? "coord.lat_south" : "coord.lat_north");
  return `${Math.abs(lon).toFixed(5)}${east} ${Math.abs(lat).toFixed(5)}${north}`;
}

/** A bar of 1, 2 or 5 times a power of ten metres, about 40 to 100 pixels wide. */
function scaleBar(metresPerPixel: number): HTMLElement {
  const longest = metresPerPixel * 100;
  const power = 10 ** Math.floor(Math.log10(longest));
  const metres = ([5, 2, 1].find((step) => step * power <= longest) ?? 1) * power;
  const bar = h("i");
  bar.style.width = `${metres / metresPerPixel}px`;
  const text = metres >= 1000 ? `${formatNumber(metres / 1000)} km` : `${formatNumber(metres)} m`;
  return h("span", { class: "scale" }, bar, text);
}

/** The tooltip of the object under the pointer. */
export function renderTip(object: PickedObject | null, at: ScreenPoint | null, name: string): void {
  const tip = byId("tip");
  tip.hidden = object === null || at === null;
  if (object === null || at === null) return;
  tip.textContent = tipText(name, object.heightM);
  const left = Math.min(at.x + 14, (tip.parentElement?.clientWidth ?? 0) - tip.offsetWidth - 8);
  tip.style.transform = `translate(${left}px, ${at.y + 16}px)`;
}

/** The label over the selected object; `at` is the place it points to. */
export function renderPin(text: string | null, at: ScreenPoint | null): void {
  const pin = byId("pin");
  pin.hidden = text === null || at === null || !isInside(at, pin.parentElement);
  if (text === null || at === null) return;
  pin.textContent = text;
  pin.style.transform = `translate(calc(${at.x}px - 50%), calc(${at.y - 12}px - 100%))`;
}

function isInside({ x, y }: ScreenPoint, frame: HTMLElement | null): boolean {
  return x >= 0 && y >= 0 && x <= (frame?.clientWidth ?? 0) && y <= (frame?.clientHeight ?? 0);
}

export function tipText(name: string, heightM: number | null): string {
  return heightM === null ? name : `${name} · ${formatNumber(heightM, 1)} m`;
}
