// The one live connection of this page. Closed while the tab is hidden (browsers allow few), resumed where it left off.

let source = null;
let revision = null;
let judged = null;
let runs = null;
const listeners = new Map();

function state(value) {
  document.dispatchEvent(new CustomEvent("halo:live", { detail: value }));
}

function connect() {
  if (source || document.hidden || listeners.size === 0) return;
  const known = Object.entries({ since: revision, judged, runs }).filter(([, number]) => number !== null);
  source = new EventSource(`/live?${new URLSearchParams(known)}`);
  source.onopen = () => state("on");
  source.onerror = () => {
    state("off");
    // A refused connection is final for EventSource; a broken one it repairs by itself.
    if (source.readyState === EventSource.CLOSED) {
      close();
      setTimeout(connect, 2000);
    }
  };
  for (const topic of listeners.keys()) source.addEventListener(topic, deliver);
}

function deliver(event) {
  revision = Number(event.lastEventId) || revision;
  for (const listener of listeners.get(event.type) ?? []) listener(JSON.parse(event.data));
}

function close() {
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    close();
    state("paused");
  } else connect();
});

const earlier = (one, other) => (one === null || other === null ? one ?? other : Math.min(one, other));

// Call `listener` with the ids that changed; `since` is the revision the page was made at, `verdicts` how many
// verdicts and how many changes of runs there were. Returns how to stop.
export function listen(topic, listener, since = null, verdicts = null, runChanges = null) {
  revision = earlier(revision, since);
  judged = earlier(judged, verdicts);
  runs = earlier(runs, runChanges);
  if (!listeners.has(topic)) {
    listeners.set(topic, new Set());
    source?.addEventListener(topic, deliver);
  }
  listeners.get(topic).add(listener);
  connect();
  return () => {
    listeners.get(topic)?.delete(listener);
    if (listeners.get(topic)?.size === 0) listeners.delete(topic);
    if (listeners.size === 0) close();
  };
}
