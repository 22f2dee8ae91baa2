// Turn one tree into another while keeping the nodes that stay: focus, selection, scroll and open menus survive.

const OURS = new Set(["data-current", "open"]);
// An element that needs a script comes hidden and shows itself.
// `data-kept` names what else a script sets: to take `tabindex` away, and give it back, would lose the focus.
const isOurs = (element, name) =>
  OURS.has(name) || (name === "hidden" && element.localName.includes("-")) || (element.dataset.kept ?? "").split(" ").includes(name);

export function morphChildren(from, to) {
  const byId = new Map();
  for (const child of from.children) if (child.id) byId.set(child.id, child);
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    // To move an element past blank text would lose the focus inside it.
    while (place && isBlank(place) && !isBlank(wanted)) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
    let kept = wanted.id ? byId.get(wanted.id) : null;
    if (!kept && !wanted.id && place && !place.id && sameShape(place, wanted)) kept = place;
    if (!kept) {
      from.insertBefore(wanted, place);
      continue;
    }
    if (kept === place) place = place.nextSibling;
    else from.insertBefore(kept, place);
    if (!kept.isEqualNode(wanted)) morph(kept, wanted);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function morph(from, to) {
  // What a script put there, it keeps.
  if (from.dataset?.own !== undefined) return;
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !isOurs(from, name)) from.removeAttribute(name);
  }
  for (const { name, value } of [...to.attributes]) {
    if (from.getAttribute(name) !== value && !isOurs(from, name)) from.setAttribute(name, value);
  }
  morphChildren(from, to);
}

function isBlank(node) {
  return node.nodeType === Node.TEXT_NODE && node.nodeValue.trim() === "";
}

function sameShape(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}
