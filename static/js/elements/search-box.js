// The search field as a combobox (ARIA 1.2, list autocomplete): offers fields, operators and values from the data.
// Without this it is a plain form.
const PAUSE_MS = 60;

customElements.define("search-box", class extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector('[role="combobox"]');
    this.list = this.querySelector('[role="listbox"]');
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.field.addEventListener("blur", () => this.close());
    // Before the field loses the focus to the list.
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.take(event.target.closest(".offer"));
    });
    // What was typed while this was loaded.
    if (this.field === document.activeElement && this.field.value !== this.field.defaultValue) this.ask();
  }

  get active() {
    return this.list.querySelector('[aria-selected="true"]');
  }

  get before() {
    return this.field.value.slice(0, this.field.selectionStart);
  }

  typed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.ask(), PAUSE_MS);
    this.narrow();
  }

  // Leaves of what is offered what still fits: whoever types faster than the answers come must not take another's.
  narrow() {
    const typed = [...this.before];
    for (const option of [...this.list.children]) {
      const word = typed.slice(Number(option.dataset.start)).join("").toLowerCase();
      if (!option.dataset.text.toLowerCase().startsWith(word)) option.remove();
    }
    if (!this.active) this.field.removeAttribute("aria-activedescendant");
    if (!this.list.children.length) this.hide();
  }

  async ask() {
    this.request?.abort();
    this.request = new AbortController();
    const before = this.before;
    try {
      const answer = await fetch(`/complete.json?${new URLSearchParams({ q: before })}`, { signal: this.request.signal });
      const items = answer.ok ? (await answer.json()).items : [];
      if (before === this.before) this.offer(items);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  offer(items) {
    if (!items.length || document.activeElement !== this.field) {
      this.close();
      return;
    }
    this.list.replaceChildren(...items.map((item, at) => optionOf(item, at)));
    this.list.hidden = false;
    this.field.ariaExpanded = "true";
    this.field.removeAttribute("aria-activedescendant");
  }

  close() {
    clearTimeout(this.waiting);
    this.request?.abort();
    this.hide();
  }

  hide() {
    this.list.hidden = true;
    this.field.ariaExpanded = "false";
    this.field.removeAttribute("aria-activedescendant");
  }

  pressed(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      if (this.list.hidden) this.field.blur();
      else this.close();
    } else if (!this.list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (!this.list.hidden && event.key === "Enter" && this.active) {
      event.preventDefault();
      this.take(this.active);
    }
  }

  move(step) {
    const options = [...this.list.children];
    const at = options.indexOf(this.active);
    const next = options[at < 0 && step < 0 ? options.length - 1 : (at + step + options.length) % options.length];
    if (this.active) this.active.ariaSelected = "false";
    next.ariaSelected = "true";
    next.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", next.id);
  }

  // A field is offered its values next; after a value comes a blank.
  take(option) {
    if (!option) return;
    const caret = this.field.selectionStart;
    const rest = this.field.value.slice(caret).trimStart();
    const isField = /[:.]$/.test(option.dataset.text);
    // The server counts characters, a script UTF-16 units.
    const head = [...this.field.value].slice(0, Number(option.dataset.start)).join("") + option.dataset.text + (isField ? "" : " ");
    this.field.value = head + rest;
    this.field.setSelectionRange(head.length, head.length);
    this.close();
    if (isField) this.ask();
  }
});

function optionOf(item, at) {
  const option = document.createElement("li");
  option.className = "offer";
  option.id = `offer-${at}`;
  option.role = "option";
  option.ariaSelected = "false";
  option.dataset.text = item.text;
  option.dataset.start = item.start;
  const note = item.count === null ? item.help : `${item.count.toLocaleString("en")}`;
  for (const text of [item.text, note]) if (text) option.append(Object.assign(document.createElement("span"), { textContent: text }));
  return option;
}
