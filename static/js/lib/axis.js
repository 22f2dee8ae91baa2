// Round times for a ruler, and time written as on the server's pages (words.py).

const MOST = 6;

export function ticks(from, to) {
  const length = to - from;
  if (!(length > 0)) return [from];
  let size = 10 ** Math.floor(Math.log10(length / MOST));
  size = [1, 2, 5, 10].map((step) => step * size).find((step) => length / step < MOST);
  const found = [];
  for (let at = Math.ceil(from / size) * size; at < to - length * 0.12; at += size) found.push(at);
  return found;
}

export function duration(ns) {
  if (ns === 0) return "0 ms";
  if (ns < 1e6) return `${Number((ns / 1e6).toPrecision(3))} ms`;
  if (ns < 1e9) return `${Number((ns / 1e6).toPrecision(4))} ms`;
  if (ns < 6e10) return `${Number((ns / 1e9).toPrecision(4))} s`;
  const seconds = ns / 1e9;
  const rest = Number((seconds % 60).toPrecision(4));
  return seconds < 3600 ? `${Math.floor(seconds / 60)}m ${rest}s` : `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
}
