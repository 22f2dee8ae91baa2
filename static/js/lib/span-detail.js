// The details of one span beside its tree, fetched when its row is chosen.
import { announceParts, fetchFragment, nodesOf } from "./fragment.js";

// `tree` is a <span-tree>, `row` one of its rows. A newer choice overtakes an older one.
export async function showSpan(tree, row) {
  for (const each of tree.querySelectorAll('[aria-selected="true"]')) each.ariaSelected = "false";
  row.ariaSelected = "true";
  tree.request?.abort();
  tree.request = new AbortController();
  const detail = tree.querySelector(":scope > .detail");
  const address = new URL(row.querySelector(".span-name > a").href);
  try {
    const place = tree.dataset.spans + encodeURIComponent(row.dataset.span) + address.search;
    detail.replaceChildren(nodesOf(await fetchFragment(place, "detail", tree.request)));
  } catch (error) {
    if (error.name === "AbortError") return;
    detail.replaceChildren(error.html ? nodesOf(error.html) : "The details did not arrive. Is halo still running?");
  }
  detail.scrollTop = 0;
  tree.dataset.detail = "";
  announceParts(detail);
  tree.closest("live-region")?.setAttribute("address", address.pathname + address.search);
  // In the sheet the address belongs to the list.
  if (!tree.closest("trace-sheet")) history.replaceState(history.state, "", address);
}
