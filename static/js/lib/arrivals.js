// What becomes of runs that arrive while the list is open. With "Follow" on and the list at its top they move in;
// otherwise rows that are there change in place, new ones are counted on a pill, and nothing moves under the reader.
import { fetchFragment, inTurns, nodesOf } from "./fragment.js";
import { morphChildren } from "./morph.js";

const FOLLOW = "halo.follow";
const rowOf = (id) => document.getElementById(`t-${id}`);

export class Arrivals {
  constructor(list, region) {
    this.list = list;
    this.region = region;
    this.unseen = new Set();
    this.updateRows = inTurns(() => this.fetchRows());
  }

  get button() {
    return this.list.querySelector("follow-latest");
  }

  get isNewestFirst() {
    return this.button?.dataset.newestFirst === "yes";
  }

  get follows() {
    return localStorage.getItem(FOLLOW) !== "off";
  }

  dress() {
    this.welcome();
    if (!this.button) return;
    this.button.hidden = !this.isNewestFirst;
    this.button.firstElementChild.setAttribute("aria-pressed", String(this.follows));
  }

  // A row that was not there before shows itself for a moment.
  welcome() {
    const rows = [...this.list.querySelectorAll("tbody.run")];
    if (this.known) for (const row of rows) row.classList.toggle("arrived", !this.known.has(row.id));
    this.known = new Set(rows.map((row) => row.id));
  }

  toggle() {
    localStorage.setItem(FOLLOW, this.follows ? "off" : "on");
    this.dress();
    if (this.follows) this.show();
  }

  changed(event) {
    const hasList = this.list.querySelector("table.list") !== null;
    if (!hasList || (this.isNewestFirst && this.follows && scrollY < 40)) return;
    event.preventDefault();
    for (const id of event.detail) if (!rowOf(id)) this.unseen.add(id);
    this.updateRows();
    if (this.isNewestFirst) this.offer();
  }

  async fetchRows() {
    const fresh = nodesOf(await fetchFragment(this.region.address, "list"));
    const totals = [this.list, fresh].map((root) => root.querySelector(".totals"));
    if (totals[0] && totals[1]) morphChildren(...totals);
    for (const row of fresh.querySelectorAll("tbody.run")) {
      const old = document.getElementById(row.id);
      if (!old) continue;
      old.dataset.state = row.dataset.state;
      morphChildren(old, row);
    }
  }

  offer() {
    this.pill ??= this.makePill();
    this.pill.hidden = this.unseen.size === 0;
    this.pill.querySelector("button").textContent = `${this.unseen.size} new`;
  }

  makePill() {
    const pill = document.createElement("div");
    pill.className = "pill";
    pill.setAttribute("role", "status");
    const button = document.createElement("button");
    button.className = "button primary";
    button.addEventListener("click", () => this.show());
    pill.append(button);
    this.region.before(pill);
    return pill;
  }

  show() {
    this.unseen.clear();
    if (this.pill) this.pill.hidden = true;
    scrollTo({ top: 0 });
    this.region.refresh();
  }
}
