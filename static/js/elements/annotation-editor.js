// Notes, verdict and tags in place: its forms are sent without leaving the page, which then asks for itself again.
import { isPlain, isTyping } from "../lib/keys.js";

customElements.define("annotation-editor", class extends HTMLElement {
  connectedCallback() {
    this.ending = new AbortController();
    this.addEventListener("submit", (event) => this.sent(event));
    if (this.dataset.noun !== "span") document.addEventListener("keydown", (event) => this.pressed(event), this.ending);
  }

  disconnectedCallback() {
    this.ending.abort();
  }

  get menu() {
    return this.querySelector("details.menu");
  }

  pressed(event) {
    if (event.key !== "a" || !isPlain(event) || isTyping(event) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.menu.open = true;
    this.querySelector("button[name=verdict]").focus();
  }

  async sent(event) {
    event.preventDefault();
    const form = event.target;
    const sending = new FormData(form, event.submitter);
    this.ariaBusy = "true";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sending), headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error((await answer.json()).error?.message ?? `HTTP ${answer.status}`);
      this.say("");
      await this.show(form);
    } catch (error) {
      this.say(error.message);
    }
    this.ariaBusy = null;
  }

  // A page without live updates has no part that could be asked for alone.
  async show(form) {
    const region = this.closest("live-region");
    if (!region) return location.reload();
    await region.refresh();
    form.reset();
    if (!this.contains(document.activeElement)) this.querySelector("summary").focus();
  }

  say(problem) {
    const place = this.querySelector(".annotate-problem");
    place.textContent = problem;
    place.hidden = !problem;
  }
});
