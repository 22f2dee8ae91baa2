// What the filter panel can do besides being links and a form: it stays folded, shows all values of a field in place,
// and offers keys and values of attributes. Loaded when somebody first reaches for the panel.
import { fetchFragment, nodesOf } from "../lib/fragment.js";
import { dragged, drawSpread } from "../lib/spread.js";

const PAUSE_MS = 120;
const REST_MS = 700;

customElements.define("filter-panel", class extends HTMLElement {
  connectedCallback() {
    // `toggle` does not bubble.
    this.addEventListener("toggle", (event) => this.folded(event), { capture: true });
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("input", (event) => this.typed(event));
    this.addEventListener("submit", (event) => event.target.matches(".facet-find") && event.preventDefault());
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("change", (event) => this.settled(event));
    this.sight = new IntersectionObserver((seen) => this.seen(seen), { rootMargin: "200px" });
    for (const range of this.querySelectorAll(".range")) this.sight.observe(range);
    // What was done while this was loaded.
    this.remember();
    const field = document.activeElement;
    if (this.contains(field) && field.value && field.value !== field.defaultValue) this.typed({ target: field });
  }

  folded(event) {
    if (event.target.matches("#filter-panel, .facet")) this.remember();
  }

  // The server makes the next page as this one was left.
  remember() {
    const kept = "; path=/; max-age=31536000; samesite=lax";
    // A field that has no values just now stays as it was.
    const names = this.dataset.leftOpen.split(".").filter((name) => name && !this.querySelector(`#facet-${name}`));
    for (const facet of this.querySelectorAll(".facet[open]")) names.push(facet.id.replace("facet-", ""));
    document.cookie = `halo_panel=${this.querySelector("#filter-panel").open ? "open" : "closed"}${kept}`;
    document.cookie = `halo_facets=${names.join(".") || "none"}${kept}`;
  }

  clicked(event) {
    const more = event.target.closest(".facet-more");
    if (!more || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.values(more.closest(".facet-body"), more.href);
  }

  async values(body, address) {
    try {
      body.dataset.own = "";
      body.replaceChildren(nodesOf(await fetchFragment(address, "values")));
      body.querySelector("input[name=find]").focus();
    } catch {
      location.href = address;
    }
  }

  typed(event) {
    if (event.target.type === "range") {
      dragged(event.target);
      return;
    }
    const { name } = event.target;
    clearTimeout(this.waiting);
    if (name === "find") this.waiting = setTimeout(() => this.find(event.target.form), PAUSE_MS);
    if (name === "attribute-key" || name === "attribute-value") this.waiting = setTimeout(() => this.suggest(event.target), PAUSE_MS);
  }

  async find(form) {
    const found = nodesOf(await fetchFragment(`${form.action}?${new URLSearchParams(new FormData(form))}`, "values"));
    form.parentElement.querySelector(".facet-found").replaceWith(found.querySelector(".facet-found"));
  }

  async suggest(field) {
    const key = field.form.elements["attribute-key"].value;
    const start = field.name === "attribute-key" ? `attr.${key}` : `attr.${key}:"${field.value}`;
    const answer = await fetch(`/complete.json?${new URLSearchParams({ q: start })}`);
    if (!answer.ok) return;
    const head = field.name === "attribute-key" ? "attr." : `attr.${key}:`;
    const options = (await answer.json()).items.map(({ text }) => {
      const said = text.slice(head.length).replace(/^"(.*)"$/, "$1");
      return new Option("", field.name === "attribute-key" ? said.replace(/:$/, "") : said);
    });
    field.list.replaceChildren(...options);
  }

  disconnectedCallback() {
    this.sight.disconnect();
    clearTimeout(this.applying);
  }

  seen(entries) {
    for (const entry of entries) if (entry.isIntersecting) drawSpread(entry.target);
  }

  // By the keys a slider moves one step at a time: wait until it rests.
  settled(event) {
    if (event.target.type !== "range") return;
    clearTimeout(this.applying);
    this.applying = setTimeout(() => event.target.form.requestSubmit(), REST_MS);
  }

  pressed(event) {
    if (event.key === "Escape" && location.hash === "#filters") location.hash = "#runs";
  }
});
