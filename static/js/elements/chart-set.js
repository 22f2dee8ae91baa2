// <chart-set>: charts over the same buckets. A pointer, or the arrow keys, say exactly what is there; dragging, or
// Shift with the arrows, chooses a range and writes it into the address. Bars are links without this as well.
import { mark, unmark, withRange } from "../lib/chart-cursor.js";
import { ChartTip } from "../lib/chart-tip.js";
import { localise } from "../lib/chart-time.js";

const DRAG_PX = 5;

customElements.define("chart-set", class extends HTMLElement {
  connectedCallback() {
    this.tip = new ChartTip(this);
    for (const type of ["pointermove", "pointerdown", "pointerup", "pointerleave", "pointercancel", "dragstart", "keydown", "focusin", "focusout"]) {
      this.addEventListener(type, (event) => this[type](event));
    }
    this.addEventListener("click", (event) => this.clicked(event), { capture: true });
    this.refreshed = (event) => event.target.contains(this) && this.dress();
    document.addEventListener("halo:refreshed", this.refreshed);
    this.dress();
  }

  disconnectedCallback() {
    document.removeEventListener("halo:refreshed", this.refreshed);
  }

  dress() {
    this.times = this.dataset.edges.split(" ").map((edge) => Number(edge) / 1e6);
    this.count = this.times.length - 1;
    this.rows = [...this.querySelectorAll("tbody tr")];
    this.areas = [...this.querySelectorAll(".chart-area")];
    for (const area of this.areas) {
      area.tabIndex = 0;
      area.setAttribute("role", "application");
      area.setAttribute("aria-roledescription", "chart");
      const title = area.parentElement.querySelector("figcaption > b").textContent;
      area.setAttribute("aria-label", `${title}, ${this.count} buckets. Arrow keys read them, Enter lists their traces, Shift and arrows choose a range.`);
    }
    localise(this);
  }

  bucket(area, x) {
    const plot = area.querySelector(".plot").getBoundingClientRect();
    return this.inside(Math.floor(((x - plot.left) / plot.width) * this.count));
  }

  inside(at) {
    return Math.min(Math.max(at, 0), this.count - 1);
  }

  // One place in all charts, in words in the one that is asked.
  show(area, from, to, options) {
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    mark(this.areas, first, last, this.count);
    this.tip.show(area, this.areas.indexOf(area), first, last, options);
  }

  hide() {
    this.drag = null;
    this.anchor = null;
    this.tip.hide();
    unmark(this);
  }

  pointermove(event) {
    const area = this.drag?.area ?? event.target.closest?.(".chart-area");
    if (!area) {
      this.hide();
      return;
    }
    const at = this.bucket(area, event.clientX);
    if (this.drag && !this.drag.moved && Math.abs(event.clientX - this.drag.x) >= DRAG_PX) {
      this.drag.moved = true;
      this.setPointerCapture(event.pointerId);
    }
    this.show(area, this.drag?.moved ? this.drag.at : at, at);
  }

  // A finger scrolls the page; it opens a bar by touching it.
  pointerdown(event) {
    const area = event.target.closest(".chart-area");
    if (!area || event.button !== 0 || event.pointerType === "touch") return;
    this.drag = { area, at: this.bucket(area, event.clientX), x: event.clientX, moved: false };
  }

  pointerup(event) {
    const { drag } = this;
    this.drag = null;
    if (!drag?.moved) return;
    this.suppress = true;
    setTimeout(() => (this.suppress = false));
    this.go(drag.at, this.bucket(drag.area, event.clientX));
  }

  pointerleave() {
    if (!this.drag) this.hide();
  }

  pointercancel() {
    this.hide();
  }

  // A bar is a link, and browsers drag links about.
  dragstart(event) {
    if (event.target.closest(".chart-area")) event.preventDefault();
  }

  // Only one chart of a set has its links in the page; in all of them a bucket leads to its traces.
  clicked(event) {
    if (this.suppress) event.preventDefault();
    else if (event.target.closest(".plot") && !event.target.closest("a")) {
      this.open(this.bucket(event.target.closest(".chart-area"), event.clientX));
    }
  }

  open(at) {
    this.rows[this.count - 1 - at].querySelector("th a")?.click();
  }

  focusin(event) {
    if (!event.target.matches(".chart-area:focus-visible")) return;
    this.at = this.inside(this.at ?? this.count - 1);
    this.show(event.target, this.at, this.at, { isSaid: true });
  }

  focusout() {
    this.hide();
  }

  keydown(event) {
    if (event.key === "Escape" && this.drag) this.hide();
    if (!event.target.matches(".chart-area") || event.ctrlKey || event.metaKey || event.altKey) return;
    this.at ??= this.count - 1;
    const to = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: this.count - 1 }[event.key];
    if (to !== undefined) {
      this.anchor = event.shiftKey ? (this.anchor ?? this.at) : null;
      this.at = this.inside(to);
    } else if (event.key === "Escape" && this.anchor !== null) this.anchor = null;
    else if (event.key === "Enter") {
      if ((this.anchor ?? this.at) === this.at) this.open(this.at);
      else this.go(this.anchor, this.at);
      return;
    } else return;
    event.preventDefault();
    this.show(event.target, this.anchor ?? this.at, this.at, { isSaid: true });
  }

  go(one, other) {
    location.search = withRange(this.times[Math.min(one, other)], this.times[Math.max(one, other) + 1]);
  }
});
