// The tree of a trace: fold and unfold, move by keys, details beside it without a reload, more rows as they are needed.
// Without this every row is a link that opens the page at its span.
import { fetchFragment, nodesOf } from "../lib/fragment.js";
import { isPlain, isTyping } from "../lib/keys.js";
import { showSpan } from "../lib/span-detail.js";
import { foldBelow, step } from "../lib/treegrid.js";

const FOLLOW_MS = 140;
const LARGE = 1000;
const PATIENCE_MS = 2000;

customElements.define("span-tree", class extends HTMLElement {
  connectedCallback() {
    this.collapsed ??= new Set();
    this.region = this.closest("live-region");
    this.ending = new AbortController();
    const { signal } = this.ending;
    this.addEventListener("click", (event) => this.clicked(event), { signal });
    this.addEventListener("keydown", (event) => this.pressed(event), { signal });
    this.region?.addEventListener("halo:changed", (event) => this.changed(event), { signal });
    this.region?.addEventListener("halo:refreshed", () => this.restore(), { signal });
    this.sight = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && this.more(), { rootMargin: "600px" });
    this.restore();
  }

  disconnectedCallback() {
    this.ending.abort();
    this.sight.disconnect();
    clearTimeout(this.following);
    clearTimeout(this.later);
  }

  get rows() {
    return [...this.querySelectorAll(".span-row[data-span]")];
  }

  get focused() {
    return this.contains(document.activeElement) ? document.activeElement.closest(".span-row[data-span]") : null;
  }

  // A row that is moved loses the focus: remember whose it was. And a large trace is not asked for at every span of it.
  changed(event) {
    this.held = this.focused?.dataset.span;
    if (Number(this.querySelector(".span-grid").ariaRowCount) < LARGE) return;
    event.preventDefault();
    this.later ??= setTimeout(() => {
      this.later = null;
      this.region.refresh();
    }, PATIENCE_MS);
  }

  // After the server's rows came in (at first, or by a live update): put back what only this page knows.
  restore() {
    this.querySelector(".tree-buttons").hidden = false;
    for (const link of this.querySelectorAll(".span-name > a")) link.tabIndex = -1;
    const chosen = this.querySelector('[aria-selected="true"]') ?? this.rows[0];
    const current = this.focused ?? this.rows.find((row) => row.dataset.span === this.held) ?? chosen;
    for (const row of this.rows) row.tabIndex = row === current ? 0 : -1;
    this.show();
    if (this.held && document.activeElement === document.body) current?.focus({ preventScroll: true });
    this.held = null;
    const next = this.querySelector('.more[data-more="next"]');
    this.sight.disconnect();
    if (next) this.sight.observe(next);
    if (!this.seen && chosen?.getAttribute("aria-selected") === "true") chosen.scrollIntoView({ block: "nearest" });
    this.seen = true;
  }

  show() {
    foldBelow(this.rows, this.collapsed);
  }

  fold(row, isFolded) {
    this.collapsed[isFolded ? "add" : "delete"](row.dataset.span);
    this.show();
  }

  clicked(event) {
    const action = event.target.closest("[data-do]")?.dataset.do;
    if (action) {
      this.collapsed = new Set(action === "collapse" ? this.rows.filter((row) => row.ariaExpanded).map((row) => row.dataset.span) : []);
      this.show();
      return;
    }
    const row = event.target.closest(".span-row[data-span]");
    if (!row || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a");
    if (event.target.closest(".twist") && row.ariaExpanded) this.fold(row, row.ariaExpanded === "true");
    else if (link && link.search.includes("open=")) return;
    else if (row.querySelector(".span-name > a")) {
      event.preventDefault();
      this.focusRow(row);
      this.select(row);
    }
  }

  pressed(event) {
    const row = event.target.closest(".span-row[data-span]");
    if (!row || !isPlain(event) || isTyping(event) || event.shiftKey) return;
    const { to, fold, open } = step(event.key, row, this.rows.filter((each) => !each.hidden)) ?? {};
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (fold !== undefined) this.fold(row, fold);
    if (open) this.open(row);
    if (!to || to === row) return;
    this.focusRow(to);
    clearTimeout(this.following);
    if (this.dataset.view === "tree") this.following = setTimeout(() => this.select(to), FOLLOW_MS);
  }

  open(row) {
    const link = row.querySelector(".span-name > a");
    if (link.search.includes("open=")) link.click();
    else this.select(row);
  }

  focusRow(row) {
    for (const each of this.querySelectorAll('.span-row[tabindex="0"]')) each.tabIndex = -1;
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  select(row) {
    return showSpan(this, row);
  }

  async more() {
    const place = this.querySelector('.more[data-more="next"]');
    if (!place || place.dataset.asked) return;
    place.dataset.asked = "yes";
    try {
      const found = nodesOf(await fetchFragment(place.querySelector("a").href, "rows"));
      found.querySelector('.more[data-more="previous"]')?.remove();
      place.replaceWith(found);
      this.restore();
      const url = new URL(this.region?.getAttribute("address") ?? location.href, location.href);
      url.searchParams.set("rows", String(this.rows.length));
      this.region?.setAttribute("address", url.pathname + url.search);
    } catch {
      delete place.dataset.asked;
    }
  }
});
