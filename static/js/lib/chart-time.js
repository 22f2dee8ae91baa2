// Times of a chart in the reader's own zone, in the forms of halo_dash/web/charts/time_axis.py.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 86_400_000;

const pad = (number) => String(number).padStart(2, "0");
const day = (moment) => `${moment.getDate()} ${MONTHS[moment.getMonth()]}`;
const minute = (moment) => `${pad(moment.getHours())}:${pad(moment.getMinutes())}`;
const second = (moment) => `${minute(moment)}:${pad(moment.getSeconds())}`;
const isMidnight = (moment) => second(moment) === "00:00:00";

const FORMS = {
  second,
  minute,
  day,
  "day second": (moment) => `${day(moment)} ${second(moment)}`,
  "day minute": (moment) => `${day(moment)} ${minute(moment)}`,
  month: (moment) => (moment.getMonth() ? MONTHS[moment.getMonth()] : String(moment.getFullYear())),
  year: (moment) => String(moment.getFullYear()),
};

// `20 Nov 06:00 – 08:00`: from when to when, with no more than it takes to be exact.
export function span(from, to) {
  const [start, end] = [new Date(from), new Date(to)];
  const year = start.getFullYear() === new Date().getFullYear() ? "" : ` ${start.getFullYear()}`;
  if (to - from >= DAY_MS - 3_600_000 && isMidnight(start) && isMidnight(end)) {
    const last = new Date(to - 1);
    return day(start) === day(last) ? `${day(start)}${year}` : `${day(start)} – ${day(last)}${year}`;
  }
  const clock = start.getSeconds() || end.getSeconds() || to - from < 60_000 ? second : minute;
  const until = day(start) === day(end) ? clock(end) : `${day(end)} ${clock(end)}`;
  return `${day(start)}${year} ${clock(start)} – ${until}`;
}

// The server wrote the words of the axes in its own zone.
export function localise(root) {
  if (Number(document.documentElement.dataset.utcOffset) === -new Date().getTimezoneOffset()) return;
  for (const word of root.querySelectorAll("text[data-time]")) {
    const moment = new Date(word.dataset.time.replace(/(\.\d{3})\d+/, "$1"));
    const form = /minute|second/.test(word.dataset.form) && isMidnight(moment) ? "day" : word.dataset.form;
    word.textContent = FORMS[form](moment);
  }
}
