// The list under the keyboard: j k move, Enter opens beside the list where there is room, Esc closes.
import "./trace-sheet.js";
import { isPlain, isTyping } from "../lib/keys.js";
import { Arrivals } from "../lib/arrivals.js";

const WIDE = matchMedia("(width >= 1100px)");

customElements.define("run-list", class extends HTMLElement {
  connectedCallback() {
    this.region = this.querySelector("live-region");
    this.sheet = this.querySelector("trace-sheet");
    this.arrivals = new Arrivals(this, this.region);
    this.addEventListener("click", (event) => this.clicked(event));
    // Events of the region itself; a trace in the sheet has its own.
    this.region.addEventListener("halo:changed", (event) => this.arrivals.changed(event));
    this.region.addEventListener("halo:refreshed", () => this.dress());
    document.addEventListener("keydown", (event) => this.key(event));
    addEventListener("hashchange", () => this.travelled());
    this.dress();
    this.route();
  }

  get rows() {
    return [...this.querySelectorAll("tbody.run")];
  }

  get current() {
    return this.querySelector("tbody.run[data-current]");
  }

  // What the server cannot know of this page: the follow button, the current row.
  dress() {
    this.arrivals.dress();
    this.markFromAddress();
  }

  clicked(event) {
    if (event.target.closest("follow-latest")) {
      this.arrivals.toggle();
      return;
    }
    const row = event.target.closest("tbody.run");
    if (event.target.closest(".pick, .pick-bar")) {
      this.pick((picking) => picking.clicked(event));
      return;
    }
    if (!row || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = row.querySelector(".c-name a");
    const hit = event.target.closest(".hit a");
    const onOtherLink = event.target.closest("a") && event.target.closest("a") !== link && !hit;
    if (onOtherLink || String(getSelection()).length > 0) return;
    if (WIDE.matches) {
      event.preventDefault();
      this.open(row, { span: hit && new URLSearchParams(hit.search).get("span") });
    } else if (!event.target.closest("a")) link.click();
  }

  key(event) {
    if (!isPlain(event) || isTyping(event) || document.querySelector("dialog[open]")) return;
    if (event.target.closest("trace-sheet") && event.key !== "Escape") return;
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      this.move(event.key === "j" ? 1 : -1);
    } else if (event.key === "x") {
      event.preventDefault();
      const row = document.activeElement.closest?.("tbody.run") ?? this.current;
      this.pick((picking) => picking.toggle(row));
    } else if (event.key === "Escape" && this.sheet.hidden && this.querySelector(".pick-bar")?.checkVisibility()) {
      this.pick((picking) => picking.end());
    } else if (event.key === "Escape" && !this.sheet.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && event.target === document.body && this.current) {
      this.current.querySelector(".c-name a").click();
    }
  }

  // Loaded when somebody first compares.
  pick(what) {
    this.picking ??= import("../lib/picking.js").then(({ Picking }) => new Picking(this));
    this.picking.then(what);
  }

  move(step) {
    const rows = this.rows;
    const focused = document.activeElement.closest?.("tbody.run");
    const at = rows.indexOf(focused ?? this.current);
    const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
    if (!next) return;
    next.querySelector(".c-name a").focus();
    next.scrollIntoView({ block: "nearest" });
    if (this.sheet.hidden) this.mark(next);
    else {
      clearTimeout(this.opening);
      this.opening = setTimeout(() => this.open(next, { replace: true }), 120);
    }
  }

  mark(row) {
    this.current?.removeAttribute("data-current");
    row?.setAttribute("data-current", "");
  }

  // The open trace stands in the address after `#`, so the list's own address, and Back, keep working.
  open(row, { replace = false, span = null } = {}) {
    const link = row.querySelector(".c-name a");
    const target = `#${link.pathname}${span ? `?span=${encodeURIComponent(span)}` : ""}`;
    if (location.hash === target) {
      this.sheet.focusInside();
      return;
    }
    if (this.sheet.hidden) history.replaceState({ ...history.state, place: scrollY }, "");
    history[replace && !this.sheet.hidden ? "replaceState" : "pushState"](null, "", target);
    this.route();
  }

  // Beside the sheet rows are higher. Back to the list a browser restores its place before or after they are low again,
  // and moves on with the rows in the first case: this is where the list was left.
  travelled() {
    const wasOpen = !this.sheet.hidden;
    this.route();
    const place = history.state?.place;
    if (wasOpen && this.sheet.hidden && place !== undefined) scrollTo({ top: place, behavior: "instant" });
  }

  close() {
    history.pushState(null, "", location.pathname + location.search);
    this.route();
  }

  route() {
    const path = location.hash.startsWith("#/traces/") ? location.hash.slice(1) : null;
    if (path && !WIDE.matches) {
      location.replace(path);
      return;
    }
    // However the sheet is closed, by Esc, its button or Back, the keys go on where its row is.
    const left = path || this.sheet.hidden ? null : this.current;
    this.sheet.show(path, this.dataset.query ?? location.search);
    if (path) this.markFromAddress();
    else this.mark(null);
    left?.querySelector(".c-name a").focus();
  }

  markFromAddress() {
    const id = /^#\/traces\/([^/?]+)/.exec(location.hash)?.[1];
    if (id) this.mark(document.getElementById(`t-${decodeURIComponent(id)}`));
  }
});
