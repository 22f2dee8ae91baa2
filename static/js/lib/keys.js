// Keys that work on every page. A page's own keys listen on its elements and call preventDefault.

const PLACES = { t: "/traces", a: "/agents", n: "/sessions", f: "/clusters", i: "/insights", y: "/analysis", c: "/collector", s: "/settings" };
let waitingForPlace = 0;

export const isTyping = (event) =>
  event.target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") ?? false;

export const isPlain = (event) => !(event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented);

document.addEventListener("keydown", (event) => {
  if (!isPlain(event) || isTyping(event)) return;
  if (waitingForPlace > event.timeStamp && PLACES[event.key]) {
    // A page may know the second key as one of its own.
    event.preventDefault();
    location.href = PLACES[event.key];
    return;
  }
  waitingForPlace = event.key === "g" ? event.timeStamp + 1500 : 0;
  if (event.key === "?") {
    document.getElementById("help")?.showModal();
    event.preventDefault();
  }
  if (event.key === "/") {
    const place = document.querySelector("[data-key-slash]");
    if (!place) return;
    place.focus();
    event.preventDefault();
  }
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.preventDefault();
    }
  }
});

// One menu at a time; a click elsewhere closes it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
