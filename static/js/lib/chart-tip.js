// What a chart has at a place, in words: read from the table behind it, so that both say the same.
import { span } from "./chart-time.js";

export class ChartTip {
  constructor(set) {
    this.set = set;
  }

  // A live update takes away what a script put there.
  get element() {
    if (this.node?.isConnected) return this.node;
    this.node = document.createElement("div");
    this.node.className = "chart-tip";
    this.node.setAttribute("role", "status");
    this.set.append(this.node);
    return this.node;
  }

  hide() {
    if (this.node) this.node.hidden = true;
  }

  // `number` is the chart's place in the set, `from` and `to` are its first and last bucket.
  show(area, number, from, to, { isSaid = false } = {}) {
    const tip = this.element;
    tip.setAttribute("aria-live", isSaid ? "polite" : "off");
    const head = document.createElement("p");
    head.textContent = span(this.set.times[from], this.set.times[to + 1]);
    const parts = [head];
    if (from === to) parts.push(this.values(number, from));
    else parts.push(hint(isSaid ? "Enter shows this range, Escape lets go" : "Release to show this range"));
    tip.replaceChildren(...parts);
    tip.hidden = false;
    this.place(tip, area, (from + to + 1) / 2 / this.set.count);
  }

  values(number, at) {
    const list = document.createElement("dl");
    const row = this.set.rows[this.set.count - 1 - at];
    const [groups, heads] = [...this.set.querySelectorAll("thead tr")].map((each) => [...each.cells]);
    const spans = groups.slice(1).map((cell) => cell.colSpan);
    const first = spans.slice(0, number).reduce((sum, size) => sum + size, 0);
    for (let column = first; column < first + spans[number]; column += 1) {
      pair(list, heads[column].textContent, row.cells[column + 1].textContent);
    }
    const mark = row.querySelector(".tag");
    if (mark) pair(list, "first seen", mark.textContent);
    return list;
  }

  // Beside the bucket, on the side with more room.
  place(tip, area, share) {
    const plot = area.querySelector(".plot").getBoundingClientRect();
    const set = this.set.getBoundingClientRect();
    const x = plot.left - set.left + plot.width * share;
    const left = share > 0.5 ? x - tip.offsetWidth - 12 : x + 12;
    tip.style.insetInlineStart = `${Math.max(0, Math.min(left, set.width - tip.offsetWidth))}px`;
    tip.style.insetBlockStart = `${plot.top - set.top + 8}px`;
  }
}

function pair(list, name, value) {
  const [term, said] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = name;
  said.textContent = value;
  list.append(term, said);
}

function hint(text) {
  const line = document.createElement("p");
  line.className = "hint";
  line.textContent = text;
  return line;
}
