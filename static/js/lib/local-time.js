// The server writes times in its own zone. Loaded only where the reader's is another: writes each
// <time datetime> again, in the same forms as `clock` and `when` of halo_dash/web/words.py.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const pad = (number, length = 2) => String(number).padStart(length, "0");
const day = (moment) => `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
const minute = (moment) => `${pad(moment.getHours())}:${pad(moment.getMinutes())}`;

function clock(moment, now) {
  if (day(moment) === day(now)) return `${minute(moment)}:${pad(moment.getSeconds())}`;
  if (moment.getFullYear() !== now.getFullYear()) return day(moment);
  return `${moment.getDate()} ${MONTHS[moment.getMonth()]} ${minute(moment)}`;
}

function when(moment) {
  const offset = -moment.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${pad(Math.trunc(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
  const seconds = `${pad(moment.getSeconds())}.${pad(moment.getMilliseconds(), 3)}`;
  return `${day(moment)} ${minute(moment)}:${seconds} ${zone}`;
}

function localise() {
  const now = new Date();
  for (const element of document.querySelectorAll("time[datetime]")) {
    // Dates of this language hold milliseconds; more digits are not read everywhere.
    const moment = new Date(element.dateTime.replace(/(\.\d{3})\d+/, "$1"));
    if (Number.isNaN(moment.valueOf())) continue;
    const text = clock(moment, now);
    if (element.textContent !== text) element.textContent = text;
    const [, ...since] = element.title.split(", ");
    const title = [when(moment), ...since].join(", ");
    if (element.title && element.title !== title) element.title = title;
  }
}

localise();
// A live update brings the server's words back. What is written here is already right, so this ends.
new MutationObserver(localise).observe(document.body, { childList: true, characterData: true, subtree: true });
