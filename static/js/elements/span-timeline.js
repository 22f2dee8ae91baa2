// The time axis: zoom by wheel, buttons and keys, move by drag; says what is under the pointer or the focus.
// Bars are drawn in percent of the trace, so a zoom is two numbers and no bar is touched.
import { isPlain, isTyping } from "../lib/keys.js";
import { duration, ticks } from "../lib/axis.js";

const FARTHEST = 5000;
const SVG = "http://www.w3.org/2000/svg";

customElements.define("span-timeline", class extends HTMLElement {
  connectedCallback() {
    this.scale ??= 1;
    this.start ??= 0;
    this.ending = new AbortController();
    const { signal } = this.ending;
    const on = (name, listener, options = {}) => this.addEventListener(name, listener, { signal, ...options });
    on("wheel", (event) => this.wheeled(event), { passive: false });
    on("pointerdown", (event) => this.grabbed(event));
    on("keydown", (event) => this.pressed(event));
    on("dblclick", (event) => this.show(event.target.closest(".span-row[data-span]")));
    on("pointerover", (event) => this.say(event.target.closest(".span-row[data-span]")));
    on("focusin", (event) => this.say(event.target.closest(".span-row[data-span]")));
    const tools = this.closest("span-tree")?.querySelector(".zoom-buttons");
    if (tools) tools.hidden = false;
    tools?.addEventListener("click", (event) => this.zoomTo(event.target.closest("[data-zoom]")?.dataset.zoom), { signal });
    this.closest("live-region")?.addEventListener("halo:refreshed", () => this.draw(), { signal });
    this.draw();
  }

  disconnectedCallback() {
    this.ending.abort();
  }

  get track() {
    return this.querySelector(".ruler").getBoundingClientRect();
  }

  zoomTo(how) {
    if (how === "in") this.zoom(2, 0.5);
    if (how === "out") this.zoom(0.5, 0.5);
    if (how === "all") this.look(1, 0);
  }

  // `at` is the place on screen, 0 to 1, that stays where it is.
  zoom(factor, at) {
    const scale = Math.min(FARTHEST, Math.max(1, this.scale * factor));
    this.look(scale, this.start + at / this.scale - at / scale);
  }

  look(scale, start) {
    this.scale = scale;
    this.start = Math.min(Math.max(0, start), 1 - 1 / scale);
    this.draw();
  }

  draw() {
    this.style.setProperty("--zoom", `${this.scale * 100}%`);
    this.style.setProperty("--shift", `${-this.start * this.scale * 100}%`);
    if (this.scale === 1 && !this.zoomed) return;
    this.zoomed = true;
    const whole = Number(this.dataset.spanNs) || 1;
    const marks = ticks(this.start * whole, (this.start + 1 / this.scale) * whole).flatMap((at) => {
      const x = `${(at * 100) / whole}%`;
      const line = document.createElementNS(SVG, "line");
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.setAttribute("y2", "100%");
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("x", x);
      text.setAttribute("dx", "3");
      text.setAttribute("y", "18");
      text.textContent = duration(at);
      return [line, text];
    });
    this.querySelector(".ruler svg").replaceChildren(...marks);
  }

  // Over the ruler the wheel zooms; over the bars it zooms with Ctrl, moves sideways, and else scrolls the rows.
  wheeled(event) {
    if (!event.target.closest(".track")) return;
    const { left, width } = this.track;
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const grid = this.querySelector(".span-grid");
    const canScroll = grid.scrollHeight > grid.clientHeight + 1;
    if (isSideways) {
      if (this.scale === 1) return;
      this.look(this.scale, this.start + (event.deltaX || event.deltaY) / width / this.scale);
    } else if (event.ctrlKey || event.metaKey || event.target.closest(".ruler") || !canScroll) {
      this.zoom(Math.exp(-event.deltaY * 0.002), (event.clientX - left) / width);
    } else return;
    event.preventDefault();
  }

  grabbed(event) {
    if (event.button || !event.target.closest(".track") || this.scale === 1) return;
    const { width } = this.track;
    const from = { x: event.clientX, start: this.start };
    const drag = new AbortController();
    const { signal } = drag;
    window.addEventListener("pointermove", (move) => {
      if (Math.abs(move.clientX - from.x) > 3) this.dataset.dragging = "";
      if ("dragging" in this.dataset) this.look(this.scale, from.start - (move.clientX - from.x) / width / this.scale);
    }, { signal });
    window.addEventListener("pointerup", () => {
      drag.abort();
      if (!("dragging" in this.dataset)) return;
      delete this.dataset.dragging;
      this.addEventListener("click", (click) => { click.stopPropagation(); click.preventDefault(); }, { capture: true, once: true });
      setTimeout(() => this.dispatchEvent(new Event("click")), 0);
    }, { signal });
  }

  pressed(event) {
    if (!isPlain(event) || isTyping(event)) return;
    const step = 0.2 / this.scale;
    const moves = { ArrowLeft: -step, ArrowRight: step };
    if (event.shiftKey && moves[event.key]) this.look(this.scale, this.start + moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoomTo("in");
    else if (event.key === "-") this.zoomTo("out");
    else if (event.key === "0") this.zoomTo("all");
    else if (event.key === "f") this.show(event.target.closest(".span-row[data-span]"));
    else return;
    event.preventDefault();
  }

  // Fill four fifths of the axis with one span.
  show(row) {
    const bar = row?.querySelector(".bar-all");
    if (!bar) return;
    const width = Math.max(parseFloat(bar.getAttribute("width")) / 100, 1e-6);
    const scale = Math.min(FARTHEST, Math.max(1, 0.8 / width));
    this.look(scale, parseFloat(bar.getAttribute("x")) / 100 - 0.1 / scale);
  }

  say(row) {
    if (row) this.querySelector(".readout").textContent = row.querySelector("title").textContent;
  }
});
