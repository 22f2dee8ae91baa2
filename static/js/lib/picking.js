// Choosing two rows of the list to compare: x chooses the current row, and no more than two stay chosen.
export class Picking {
  constructor(list) {
    this.list = list;
    this.order = [];
  }

  get form() {
    return this.list.querySelector("#pick");
  }

  // Without a row under the keys, x only shows the boxes.
  toggle(row) {
    if (!this.form) return;
    this.list.setAttribute("data-picking", "");
    const box = row?.querySelector(".pick");
    if (!box) return;
    box.checked = !box.checked;
    this.chosen(box);
  }

  clicked({ target }) {
    if (target.closest(".pick")) this.chosen(target);
    else if (target.closest("a")) this.end();
  }

  chosen(box) {
    this.order = this.order.filter((each) => each !== box && each.checked && each.isConnected);
    if (box.checked) this.order.push(box);
    while (this.order.length > 2) this.order.shift().checked = false;
    this.say();
    if (this.order.length === 2) this.form.querySelector("button").focus();
  }

  end() {
    for (const box of this.list.querySelectorAll(".pick:checked")) box.checked = false;
    this.order = [];
    this.list.removeAttribute("data-picking");
    // What is the target of the address stays it until another one is followed.
    if (this.form?.matches(":target")) location.hash = "#runs";
    this.say();
  }

  say() {
    const words = ["Choose two traces.", "One chosen; choose another.", "Two chosen."];
    const place = this.form?.querySelector(".pick-said");
    if (place) place.textContent = words[this.order.length];
  }
}
