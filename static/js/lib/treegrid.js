// Rows of a tree grid (ARIA: level, expanded): who is hidden, and where a key leads.

// Rows come parents first, so one pass settles who is hidden below a folded one.
export function foldBelow(rows, folded) {
  let hiddenBelow = Infinity;
  for (const row of rows) {
    const level = Number(row.ariaLevel);
    if (level <= hiddenBelow) hiddenBelow = Infinity;
    row.hidden = level > hiddenBelow;
    if (!row.ariaExpanded) continue;
    const isFolded = folded.has(row.dataset.span);
    row.ariaExpanded = String(!isFolded);
    if (isFolded && hiddenBelow === Infinity) hiddenBelow = level;
  }
}

// What a key does on `row` of the visible `rows`: `to` is the row it leads to (null: it stays), `fold` whether to fold it,
// `open` whether to open it. Undefined where the key means nothing here.
export function step(key, row, rows) {
  const at = rows.indexOf(row);
  const moves = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: rows.length - 1 };
  if (key in moves) return { to: rows[moves[key]] ?? null };
  if (key === "Enter" || key === " ") return { to: null, open: true };
  if (key === "ArrowRight") {
    if (row.ariaExpanded === "false") return { to: null, fold: false };
    return { to: row.ariaExpanded ? rows[at + 1] : null };
  }
  if (key === "ArrowLeft") {
    if (row.ariaExpanded === "true") return { to: null, fold: true };
    return { to: rows.slice(0, at).findLast((each) => Number(each.ariaLevel) < Number(row.ariaLevel)) ?? null };
  }
  return undefined;
}
