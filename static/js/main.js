// Every page works without this file. It loads the elements a page uses, and nothing else.
import "./lib/keys.js";

const elements = [
  "live-status", "live-region", "annotation-editor", "copy-button", "help-button", "run-list", "trace-sheet",
  "span-tree", "span-timeline", "copy-link", "find-bar", "link-list", "trace-compare", "chart-set", "finding-list", "analysis-form",
];

// Loaded when somebody first reaches for them.
const later = ["search-box", "filter-panel"];

const load = (root) => {
  for (const name of elements) {
    if (!customElements.get(name) && root.querySelector(name)) import(`./elements/${name}.js`);
  }
};

load(document);
const here = -new Date().getTimezoneOffset();
if (Number(document.documentElement.dataset.utcOffset) !== here) import("./lib/local-time.js");
for (const type of ["focusin", "pointerover"]) {
  document.addEventListener(type, (event) => {
    const name = event.target.closest?.(later.join())?.localName;
    if (name && !customElements.get(name)) import(`./elements/${name}.js`);
  });
}
// Parts that arrive later (a sheet, a live update) may bring elements the page did not have.
document.addEventListener("halo:parts", (event) => load(event.target));
