// What went wrong: a link to the evidence opens its span without leaving the page, and the quote comes into view.
customElements.define("finding-list", class extends HTMLElement {
  connectedCallback() {
    this.ending = new AbortController();
    const { signal } = this.ending;
    this.region = this.closest("live-region");
    this.region?.addEventListener("click", (event) => this.clicked(event), { signal });
    this.region?.addEventListener("halo:refreshed", () => this.reveal(), { signal });
    this.reveal();
  }

  disconnectedCallback() {
    this.ending.abort();
  }

  // In the sheet links are the sheet's; on the page the trace is merged in place. The detail pane has such links as well.
  clicked(event) {
    const link = event.target.closest("a[data-evidence]");
    if (!link || this.closest("trace-sheet") || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.shown = null;
    this.region.setAttribute("address", link.pathname + link.search);
    history.replaceState(history.state, "", link.pathname + link.search);
    this.region.refresh();
  }

  // Once for each piece of evidence: a live update must not move what is read.
  reveal() {
    const { at } = this.dataset;
    if (!at || at === this.shown) return;
    this.shown = at;
    const root = this.closest(".trace");
    const place = root.querySelector("#evidence") ?? root.querySelector(".span-finding[data-looked-at]");
    for (let fold = place?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    (place?.querySelector("mark") ?? place)?.scrollIntoView({ block: "center" });
    root.querySelector('.span-row[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }
});
