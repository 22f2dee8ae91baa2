// Finding in a trace: n and N walk the hits without leaving the page, and the term comes into view.
import { isPlain, isTyping } from "../lib/keys.js";

customElements.define("find-bar", class extends HTMLElement {
  connectedCallback() {
    this.ending = new AbortController();
    const { signal } = this.ending;
    this.region = this.closest("live-region");
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    this.addEventListener("click", (event) => this.clicked(event));
    this.region?.addEventListener("halo:refreshed", () => this.reveal(), { signal });
    this.reveal();
  }

  disconnectedCallback() {
    this.ending.abort();
  }

  pressed(event) {
    if (!isPlain(event) || isTyping(event) || document.querySelector("dialog[open]")) return;
    const link = { n: "next", N: "previous" }[event.key];
    const target = link && this.querySelector(`[data-find="${link}"]`);
    if (!target) return;
    event.preventDefault();
    target.click();
  }

  // In the sheet links are the sheet's; on the page the trace is merged in place.
  clicked(event) {
    const link = event.target.closest("a[data-find]");
    if (!link || this.closest("trace-sheet") || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.region.setAttribute("address", link.pathname + link.search);
    history.replaceState(history.state, "", link);
    this.region.refresh();
  }

  // Once for each hit: a live update must not move what is read.
  reveal() {
    const hit = this.dataset.hit;
    if (hit === "0" || hit === this.shown) return;
    this.shown = hit;
    const root = this.closest(".trace");
    const detail = root.querySelector(".detail");
    const note = this.dataset.place === "note" ? root.querySelector(".trace-head .remark mark") : null;
    const place = note ?? detail?.querySelector(".value[data-looked-at] mark") ?? detail?.querySelector("mark");
    for (const mark of root.querySelectorAll("mark.now")) mark.classList.remove("now");
    for (let fold = place?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    place?.classList.add("now");
    place?.scrollIntoView({ block: "center" });
    root.querySelector('.span-row[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }
});
