/** Elements without a framework. */

type Child = Node | string | null | undefined | false;

type Props = Record<string, string | number | boolean | EventListener | null | undefined>;

/**
 * An element with attributes and children. A key that begins with `on` is a listener; `true` sets
 * an empty attribute; `false`, null and undefined leave it out. Text is always text, never markup.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) setProp(element, key, value);
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

function setProp(element: HTMLElement, key: string, value: Props[string]): void {
  if (typeof value === "function") element.addEventListener(key.slice(2), value);
  else if (value === true) element.setAttribute(key, "");
  else if (value !== false && value !== null && value !== undefined)
    element.setAttribute(key, String(value));
}

/** The element of the page's own markup with this id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element #${id}`);
  return element as T;
}

const SVG = "http://www.w3.org/2000/svg";

/** A 20 x 20 line icon from path data; hidden from screen readers, the button has the name. */
export function icon(path: string, options: { fill?: boolean } = {}): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", options.fill ? "icon icon-fill" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** Says one sentence to screen readers. */
export function announce(sentence: string): void {
  byId("live").textContent = sentence;
}
