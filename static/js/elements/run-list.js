// The list under the keyboard and the live stream: j k move, Enter opens beside the list where there is room,
// and what arrives while somebody reads further down waits behind a pill instead of moving the rows away.
import "./trace-sheet.js";
import { isPlain, isTyping } from "../lib/keys.js";
import { fetchFragment, nodesOf } from "../lib/fragment.js";
import { morphChildren } from "../lib/morph.js";

const WIDE = matchMedia("(width >= 1100px)");
const FOLLOW = "halo.follow";

customElements.define("run-list", class extends HTMLElement {
  connectedCallback() {
    this.region = this.querySelector("live-region");
    this.sheet = this.querySelector("trace-sheet");
    this.unseen = new Set();
    this.addEventListener("click", (event) => this.clicked(event));
    // Events of the region itself; a trace in the sheet has its own.
    this.region.addEventListener("halo:changed", (event) => this.changed(event));
    this.region.addEventListener("halo:refreshed", () => this.dress());
    document.addEventListener("keydown", (event) => this.key(event));
    addEventListener("hashchange", () => this.route());
    this.dress();
    this.route();
  }

  get rows() {
    return [...this.querySelectorAll("tbody.run")];
  }

  get current() {
    return this.querySelector("tbody.run[data-current]");
  }

  get follows() {
    return localStorage.getItem(FOLLOW) !== "off";
  }

  // What the server cannot know of this page: the follow button, the current row.
  dress() {
    const follow = this.querySelector("follow-latest");
    if (follow) {
      follow.hidden = follow.dataset.newestFirst !== "yes";
      follow.firstElementChild.setAttribute("aria-pressed", String(this.follows));
    }
    this.markFromAddress();
  }

  clicked(event) {
    if (event.target.closest("follow-latest")) {
      localStorage.setItem(FOLLOW, this.follows ? "off" : "on");
      this.dress();
      if (this.follows) this.showNew();
      return;
    }
    const row = event.target.closest("tbody.run");
    if (!row || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = row.querySelector(".c-name a");
    const onOtherLink = event.target.closest("a") && event.target.closest("a") !== link;
    if (onOtherLink || String(getSelection()).length > 0) return;
    if (WIDE.matches) {
      event.preventDefault();
      this.open(row);
    } else if (!event.target.closest("a")) link.click();
  }

  key(event) {
    if (!isPlain(event) || isTyping(event) || document.querySelector("dialog[open]")) return;
    if (event.target.closest("trace-sheet") && event.key !== "Escape") return;
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      this.move(event.key === "j" ? 1 : -1);
    } else if (event.key === "Escape" && !this.sheet.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && event.target === document.body && this.current) {
      this.current.querySelector(".c-name a").click();
    }
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
  open(row, { replace = false } = {}) {
    const link = row.querySelector(".c-name a");
    const target = `#${link.pathname}`;
    if (location.hash === target) {
      this.sheet.focusInside();
      return;
    }
    history[replace && !this.sheet.hidden ? "replaceState" : "pushState"](null, "", target);
    this.route();
  }

  close() {
    const row = this.current;
    history.pushState(null, "", location.pathname + location.search);
    this.route();
    row?.querySelector(".c-name a").focus();
  }

  route() {
    const path = location.hash.startsWith("#/traces/") ? location.hash.slice(1) : null;
    if (path && !WIDE.matches) {
      location.replace(path);
      return;
    }
    this.sheet.show(path, location.search);
    if (path) this.markFromAddress();
    else this.mark(null);
  }

  markFromAddress() {
    const id = /^#\/traces\/([^/?]+)/.exec(location.hash)?.[1];
    if (id) this.mark(document.getElementById(`t-${decodeURIComponent(id)}`));
  }

  // Follow: the region refreshes by itself. Otherwise only rows that are there change, and new ones are counted.
  changed(event) {
    const list = this.querySelector("table.list");
    const isNewestFirst = this.querySelector("follow-latest")?.dataset.newestFirst === "yes";
    if (!list || (isNewestFirst && this.follows && this.isAtTop())) return;
    event.preventDefault();
    for (const id of event.detail) if (!document.getElementById(`t-${id}`)) this.unseen.add(id);
    if (event.detail.some((id) => document.getElementById(`t-${id}`))) this.updateRows();
    if (isNewestFirst) this.offer();
  }

  isAtTop() {
    return scrollY < 40;
  }

  async updateRows() {
    const fresh = nodesOf(await fetchFragment(this.region.address, "list"));
    for (const row of fresh.querySelectorAll("tbody.run")) {
      const old = document.getElementById(row.id);
      if (old) morphChildren(old, row);
    }
  }

  offer() {
    this.pill ??= this.makePill();
    this.pill.hidden = this.unseen.size === 0;
    this.pill.querySelector("button").textContent = `${this.unseen.size} new or changed`;
  }

  makePill() {
    const pill = document.createElement("div");
    pill.className = "pill";
    pill.setAttribute("role", "status");
    const button = document.createElement("button");
    button.className = "button primary";
    button.addEventListener("click", () => this.showNew());
    pill.append(button);
    this.region.before(pill);
    return pill;
  }

  showNew() {
    this.unseen.clear();
    if (this.pill) this.pill.hidden = true;
    scrollTo({ top: 0 });
    this.region.refresh();
  }
});
