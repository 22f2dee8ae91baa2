// Opens the list of keys.
customElements.define("help-button", class extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", () => document.getElementById("help").showModal());
  }
});
