// Sends the form around it as soon as a choice changes; without JavaScript its button does.
customElements.define("auto-submit", class extends HTMLElement {
  connectedCallback() {
    this.closest("form").addEventListener("change", (event) => event.target.form.requestSubmit());
    this.hidden = true;
  }
});
