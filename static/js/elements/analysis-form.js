// <analysis-form> around the form that asks for an analysis: counts anew what would be read whenever its fields change.
import { fetchFragment, inTurns, nodesOf } from "../lib/fragment.js";
import { morphChildren } from "../lib/morph.js";

customElements.define("analysis-form", class extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-preview]").hidden = true;
    this.addEventListener("change", () => this.count());
  }

  count = inTurns(async () => {
    const form = this.querySelector("form");
    const pairs = [...new FormData(form)].filter(([name, value]) => value && name !== "csrf_token" && name !== "prompt");
    const html = await fetchFragment(`/analysis?${new URLSearchParams(pairs)}`, "preview").catch((error) => {
      // What cannot be read comes back with the reason in it.
      if (error.status === 422) return error.html;
      throw error;
    });
    morphChildren(this.querySelector("#analysis-preview"), nodesOf(html));
    form.querySelector(".primary").disabled = !this.querySelector("#analysis-preview a");
  });
});
