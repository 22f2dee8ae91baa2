// The drawing of a measure over its number fields: dragging a slider writes the fields, letting go applies them.
import { fetchFragment, nodesOf } from "./fragment.js";

export async function drawSpread(range) {
  if (range.dataset.drawn) return;
  range.dataset.drawn = "yes";
  const place = range.querySelector(".spread-place");
  place.dataset.own = "";
  const query = range.closest("[data-query]")?.dataset.query ?? location.search;
  try {
    place.replaceChildren(nodesOf(await fetchFragment(`/ranges/${range.dataset.range}${query}`, "spread")));
  } catch {
    delete range.dataset.drawn;
  }
}

// A slider at its end asks for nothing.
export function dragged(slider) {
  const spread = slider.closest(".spread");
  const edges = spread.dataset.edges.split(" ");
  const [low, high] = spread.querySelectorAll("input");
  if (Number(low.value) >= Number(high.value)) slider.value = slider === low ? Number(high.value) - 1 : Number(low.value) + 1;
  const [least, most] = slider.closest(".range").querySelectorAll(".ends input");
  if (slider === low) least.value = low.value === low.min ? "" : edges[low.value];
  else most.value = high.value === high.max ? "" : edges[high.value];
  slider.setAttribute("aria-valuetext", edges[slider.value]);
}
