// A trace beside the list: the trace page's own part, fetched when its row is opened.
import { announceParts, fetchFragment, nodesOf } from "../lib/fragment.js";

// What of a trace's address is its own state; the rest is the list's filter.
const STATE = new Set(["view", "span", "row", "fold", "open", "after", "find", "hit", "finding"]);

customElements.define("trace-sheet", class extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "complementary");
    this.setAttribute("aria-label", "Trace");
    this.tabIndex = -1;
    this.addEventListener("click", (event) => this.follow(event));
    this.addEventListener("submit", (event) => this.asked(event));
  }

  // `path` is the trace's address or null; `search` is the list's query, so that the trace knows its neighbours.
  async show(path, search) {
    if (path === this.path) return;
    this.request?.abort();
    this.path = path;
    if (path === null) {
      this.hidden = true;
      this.replaceChildren();
      return;
    }
    this.hidden = false;
    this.setAttribute("aria-busy", "true");
    const request = new AbortController();
    this.request = request;
    try {
      const joined = path + (search && (path.includes("?") ? `&${search.slice(1)}` : search));
      this.fill(await fetchFragment(joined, "sheet", request));
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.html) this.fill(error.html);
      else this.textContent = "The dashboard does not answer. It is asked again when you open a trace.";
    }
    this.removeAttribute("aria-busy");
  }

  fill(html) {
    this.replaceChildren(nodesOf(html));
    this.scrollTop = 0;
    announceParts(this);
  }

  focusInside() {
    this.focus();
  }

  // Links to other views, spans or traces stay inside the sheet.
  follow(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.target || link.hasAttribute("download") || (link.hash && link.hash !== "#evidence") || link.getAttribute("href").startsWith("#") || link.origin !== location.origin) return;
    if (link.hasAttribute("data-full") || !/^\/traces\/[^/]+$/.test(link.pathname)) return;
    event.preventDefault();
    this.go(link.pathname, new URLSearchParams(link.search));
  }

  // The find bar's form stays as well.
  asked(event) {
    if (!event.target.matches(".find-form")) return;
    event.preventDefault();
    this.go(new URL(event.target.action).pathname, new URLSearchParams(new FormData(event.target)));
  }

  go(path, own) {
    for (const name of [...own.keys()]) if (!STATE.has(name)) own.delete(name);
    const query = own.toString();
    history.replaceState(null, "", `#${path}${query ? `?${query}` : ""}`);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
});
