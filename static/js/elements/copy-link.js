// Copies the address of what is open now: the trace, its view and the selected span.
customElements.define("copy-link", class extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard) return;
    this.hidden = false;
    this.addEventListener("click", () => this.copy());
  }

  async copy() {
    const label = this.querySelector("span");
    const address = this.closest("live-region")?.getAttribute("address") ?? location.href;
    const url = new URL(address, location.href);
    url.searchParams.delete("rows");
    await navigator.clipboard.writeText(url.href).then(() => { label.textContent = "Copied"; }, () => { label.textContent = "Not allowed"; });
    setTimeout(() => { label.textContent = "Copy link"; }, 1500);
  }
});
