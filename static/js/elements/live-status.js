// Says whether this page hears of changes.
const WORDS = { on: "live", off: "reconnecting", paused: "paused" };

customElements.define("live-status", class extends HTMLElement {
  connectedCallback() {
    const dot = document.createElement("span");
    dot.className = "dot";
    const word = document.createElement("span");
    this.replaceChildren(dot, word);
    this.setAttribute("role", "status");
    this.heard = ({ detail }) => {
      this.hidden = false;
      dot.dataset.live = detail;
      word.textContent = WORDS[detail];
    };
    document.addEventListener("halo:live", this.heard);
  }

  disconnectedCallback() {
    document.removeEventListener("halo:live", this.heard);
  }
});
