// Copies the text of `data-from` (an id), or of the code beside it.
customElements.define("copy-button", class extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard) return;
    this.hidden = false;
    this.addEventListener("click", () => this.copy());
  }

  async copy() {
    const from = this.dataset.from ? document.getElementById(this.dataset.from) : this.parentElement.querySelector("code, pre");
    const label = this.querySelector("span");
    try {
      await navigator.clipboard.writeText(this.dataset.text ?? from.textContent);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Not allowed";
    }
    setTimeout(() => { label.textContent = "Copy"; }, 1500);
  }
});
