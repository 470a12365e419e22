// What pages do beyond links and forms: copy a snippet, light up a row with its feature, move a map.
"use strict";

const ZOOM = 1.5;
const CLOSEST = 40;

function copyButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.nextElementSibling.textContent);
      const before = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = before; }, 1500);
    });
  }
}

/** Rows and features of the same address light up together. */
function lightRows() {
  const rows = new Map();
  for (const link of document.querySelectorAll("tbody th a, tbody td:first-child a")) {
    rows.set(link.getAttribute("href"), link.closest("tr"));
  }
  for (const feature of document.querySelectorAll(".map a")) {
    const row = rows.get(feature.getAttribute("href"));
    if (!row) continue;
    const light = (on) => { row.classList.toggle("lit", on); feature.classList.toggle("lit", on); };
    for (const part of [row, feature]) {
      part.addEventListener("pointerenter", () => light(true));
      part.addEventListener("pointerleave", () => light(false));
    }
    row.addEventListener("focusin", () => light(true));
    row.addEventListener("focusout", () => light(false));
  }
}

/** Zoom and pan by changing the viewBox; the labels of degrees hold only for the whole map. */
function moveMap(figure) {
  const map = figure.querySelector("svg.map");
  const whole = { ...size(map.viewBox.baseVal) };
  const tools = figure.querySelector(".map-tools");
  tools.hidden = false;
  const show = (view) => {
    const width = Math.min(Math.max(view.width, whole.width / CLOSEST), whole.width);
    const height = (width * whole.height) / whole.width;
    const x = Math.min(Math.max(view.x, 0), whole.width - width);
    const y = Math.min(Math.max(view.y, 0), whole.height - height);
    map.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    const isWhole = width === whole.width;
    for (const text of map.querySelectorAll("text, .scale")) text.style.display = isWhole ? "" : "none";
  };
  const zoom = (factor) => {
    const now = size(map.viewBox.baseVal);
    const width = now.width / factor;
    const height = now.height / factor;
    show({ x: now.x + (now.width - width) / 2, y: now.y + (now.height - height) / 2, width });
  };
  tools.addEventListener("click", (event) => {
    const to = event.target.closest("button")?.dataset.zoom;
    if (to === "in") zoom(ZOOM);
    if (to === "out") zoom(1 / ZOOM);
    if (to === "all") show(whole);
  });
  drag(map, show);
}

function drag(map, show) {
  let last = null;
  map.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("a")) last = event;
  });
  addEventListener("pointerup", () => { last = null; });
  map.addEventListener("pointermove", (event) => {
    if (!last) return;
    const now = size(map.viewBox.baseVal);
    const units = now.width / map.clientWidth;
    const x = now.x - (event.clientX - last.clientX) * units;
    const y = now.y - (event.clientY - last.clientY) * units;
    show({ x, y, width: now.width });
    last = event;
  });
}

function size({ x, y, width, height }) {
  return { x, y, width, height };
}

copyButtons();
lightRows();
for (const figure of document.querySelectorAll("figure.mapped")) moveMap(figure);
