// Two traces side by side: n and p walk the differences, and a step opens without leaving the page.
import { isPlain, isTyping } from "../lib/keys.js";
import { announceParts, fetchFragment, nodesOf } from "../lib/fragment.js";
import { morphChildren } from "../lib/morph.js";

customElements.define("trace-compare", class extends HTMLElement {
  connectedCallback() {
    this.ending = new AbortController();
    const { signal } = this.ending;
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    addEventListener("popstate", () => this.show(location.href), { signal });
    this.addEventListener("click", (event) => this.clicked(event));
  }

  disconnectedCallback() {
    this.ending.abort();
  }

  pressed(event) {
    if (!isPlain(event) || isTyping(event) || document.querySelector("dialog[open]")) return;
    const target = ["n", "p"].includes(event.key) && this.querySelector(`[data-walk="${event.key}"]`);
    if (!target) return;
    event.preventDefault();
    target.click();
  }

  clicked(event) {
    const link = event.target.closest("a[data-step]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    this.show(link.href);
  }

  async show(address) {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const html = await fetchFragment(address, "compare", { signal: this.asking.signal });
      morphChildren(this, nodesOf(html));
      announceParts(this);
      this.reveal();
    } catch (error) {
      if (error.name !== "AbortError") location.assign(address);
    }
  }

  reveal() {
    const step = this.querySelector(".step > a[aria-current]");
    const fold = step?.closest("details");
    if (fold) fold.open = true;
    step?.scrollIntoView({ block: "nearest" });
    const place = this.querySelector("#pair");
    if (place) place.scrollTop = 0;
  }
});
