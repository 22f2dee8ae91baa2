// Fetch one part of a page. The address is the page's own; a header names the part.

export class FragmentError extends Error {
  constructor(status, html) {
    super(`HTTP ${status}`);
    this.status = status;
    this.html = html;
  }
}

export async function fetchFragment(address, part, { signal } = {}) {
  const answer = await fetch(address, { headers: { "Halo-Fragment": part, Accept: "text/html" }, signal });
  const html = await answer.text();
  if (!answer.ok) throw new FragmentError(answer.status, html);
  return html;
}

// HTML as nodes. Table parts only parse inside a template.
export function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// `task` one at a time: what is asked for meanwhile is done once more afterwards.
export function inTurns(task) {
  let isRunning = false;
  let again = false;
  return async function run() {
    if (isRunning) {
      again = true;
      return;
    }
    isRunning = true;
    try {
      await task();
    } catch (error) {
      if (error.name !== "AbortError") console.info("live update", error.message);
    } finally {
      isRunning = false;
    }
    if (again) {
      again = false;
      run();
    }
  };
}

export function announceParts(root) {
  root.dispatchEvent(new CustomEvent("halo:parts", { bubbles: true }));
}
