// <link-list> around rows whose first link is marked `data-row`: j and k move between them, Enter follows.
import { isPlain, isTyping } from "../lib/keys.js";

customElements.define("link-list", class extends HTMLElement {
  connectedCallback() {
    this.pressed = (event) => this.key(event);
    document.addEventListener("keydown", this.pressed);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.pressed);
  }

  key(event) {
    if (!isPlain(event) || isTyping(event) || document.querySelector("dialog[open]")) return;
    if (event.key !== "j" && event.key !== "k") return;
    event.preventDefault();
    const links = [...this.querySelectorAll("[data-row]")];
    const at = links.indexOf(document.activeElement);
    const step = event.key === "j" ? 1 : -1;
    const next = links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)];
    next?.focus();
    next?.closest("tr")?.scrollIntoView({ block: "nearest" });
  }
});
