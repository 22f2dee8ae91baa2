// <live-region topic="traces" part="rows" revision="12" [judged="7"] [ids="id id"] [every="60"] [pace="3"]>: when something of the topic changes, asks for this
// page's own address again (that part of it) and merges what comes. With `ids`, only when one of them changed.
// With `every`, also after so many seconds: rates fall and runs go quiet without anything happening in the store.
// With `again`, once more at once: what the server had no time for in the first answer comes with the second.
// With `pace`, not more often than once in so many seconds: figures over everything cost more than a row does.
import { listen } from "../lib/stream.js";
import { announceParts, fetchFragment, inTurns, nodesOf } from "../lib/fragment.js";
import { morphChildren } from "../lib/morph.js";

customElements.define("live-region", class extends HTMLElement {
  connectedCallback() {
    const [revision, judged, runs] = ["revision", "judged", "runs"].map((name) => (this.hasAttribute(name) ? Number(this.getAttribute(name)) : null));
    this.stop = listen(this.getAttribute("topic"), (ids) => this.changed(ids), revision, judged, runs);
    const every = Number(this.getAttribute("every")) * 1000;
    if (this.hasAttribute("again")) this.refresh();
    this.removeAttribute("again");
    if (every) this.timer = setInterval(() => document.hidden || this.changed([]), every);
  }

  disconnectedCallback() {
    this.stop?.();
    clearInterval(this.timer);
    clearTimeout(this.waiting);
    this.waiting = 0;
    this.request?.abort();
  }

  get address() {
    return this.getAttribute("address") ?? location.pathname + location.search;
  }

  changed(ids) {
    const ours = this.getAttribute("ids")?.split(" ");
    if (ours && !ids.some((id) => ours.includes(id))) return;
    if (this.dispatchEvent(new CustomEvent("halo:changed", { bubbles: true, cancelable: true, detail: ids }))) this.soon();
  }

  soon() {
    const pace = Number(this.getAttribute("pace")) * 1000;
    const left = pace ? (this.last ?? -pace) + pace - performance.now() : 0;
    if (left <= 0) this.refresh();
    else this.waiting ||= setTimeout(() => this.refresh(), left);
  }

  refresh = inTurns(async () => {
    this.waiting = 0;
    this.last = performance.now();
    if (!this.isConnected) return;
    this.request = new AbortController();
    const html = await fetchFragment(this.address, this.getAttribute("part"), this.request);
    morphChildren(this, nodesOf(html));
    announceParts(this);
    this.dispatchEvent(new CustomEvent("halo:refreshed", { bubbles: true }));
  });
});
