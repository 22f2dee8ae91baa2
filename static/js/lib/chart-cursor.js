// The same place, or range, in every chart of a set.

export function mark(areas, first, last, count) {
  for (const area of areas) {
    const cursor = area.querySelector(".chart-cursor") ?? added(area);
    const [plot, box] = [area.querySelector(".plot"), area].map((element) => element.getBoundingClientRect());
    cursor.style.insetInlineStart = `${plot.left - box.left + (plot.width * first) / count}px`;
    cursor.style.inlineSize = `${(plot.width * (last + 1 - first)) / count}px`;
    cursor.toggleAttribute("data-range", first !== last);
  }
}

function added(area) {
  const cursor = document.createElement("div");
  cursor.className = "chart-cursor";
  area.append(cursor);
  return cursor;
}

export function unmark(set) {
  for (const cursor of set.querySelectorAll(".chart-cursor")) cursor.remove();
}

// The address of this page with a range in place of the one it has.
export function withRange(from, to) {
  const asked = new URLSearchParams(location.search);
  for (const name of ["range", "from", "to", "cursor"]) asked.delete(name);
  const written = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
  asked.set("from", written(Math.floor(from)));
  asked.set("to", written(Math.ceil(to)));
  return asked;
}
