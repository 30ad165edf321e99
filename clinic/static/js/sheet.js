// The sheet of a session asks every two seconds whether something on it is new: somebody came in at the
// kiosk or by phone, a colleague marked somebody, the doors opened. What is new is shown where nobody is
// at work: a row that has the focus, is open or is being saved stays as it is until that is over.
// The header tells the server that nobody asked: it neither prolongs a sign-in nor notes a look.

const EVERY = 1500; // ms
const PARTS = ["counts", "rest", "undo", "rails", "held", "phones"];
const head = document.querySelector("[data-pulse]");
let seen = head?.dataset.pulse;
let fresh = null; // the page as it is now, as long as something of it is not shown yet

async function ask(url) {
  const response = await fetch(url, { headers: { "X-Poll": "1" } });
  if (response.redirected) leave();
  if (!response.ok || response.redirected) throw new Error(`answer ${response.status}`);
  return response.text();
}

// Signed out meanwhile: show nothing any longer, unless something would be lost with it.
function leave() {
  if (!document.querySelector("[data-row] :is(details[open]), [data-row][aria-busy=true]")) location.reload();
}

const isBusy = (part) =>
  part.contains(document.activeElement) || part.ariaBusy === "true" || part.querySelector("details[open]") !== null;

// The buttons of a row name the version of what it shows.
const version = (row) => Number(row.querySelector("[name=mark]")?.value.split(".")[1] ?? Infinity);

// Whether all of it is shown now.
function showRows(page) {
  const list = document.getElementById("sheet");
  const rows = [...(page.getElementById("sheet")?.children ?? [])];
  if (!list || !rows.length) location.reload(); // the first one came, or the last one has gone
  let isWhole = true;
  for (const old of [...list.children]) {
    if (page.getElementById(old.id)) continue;
    if (isBusy(old)) isWhole = false;
    else old.remove();
  }
  for (const [place, row] of rows.entries()) {
    const old = document.getElementById(row.id);
    const copy = document.importNode(row, true);
    if (!old) list.insertBefore(copy, list.children[place] ?? null);
    else if (old.outerHTML === copy.outerHTML || version(copy) < version(old)) continue;
    else if (isBusy(old)) isWhole = false;
    else old.replaceWith(copy);
  }
  return isWhole;
}

function showParts(page) {
  for (const id of PARTS) {
    const [old, part] = [document.getElementById(id), page.getElementById(id)];
    if (!old || !part || old.innerHTML === part.innerHTML || old.contains(document.activeElement)) continue;
    old.replaceChildren(...document.importNode(part, true).childNodes);
  }
}

async function beat() {
  if (document.hidden) return;
  const now = await ask(head.dataset.pulseAt);
  if (now !== seen) {
    const text = await ask(head.dataset.sheet);
    fresh = new DOMParser().parseFromString(text, "text/html");
    seen = fresh.querySelector("[data-pulse]")?.dataset.pulse;
  }
  if (!fresh) return;
  const isWhole = showRows(fresh);
  showParts(fresh);
  if (isWhole) fresh = null;
  dispatchEvent(new Event("swap"));
}

async function go() {
  await beat().catch(() => {}); // no answer: the next one may come
  setTimeout(go, EVERY);
}

if (head) {
  document.addEventListener("visibilitychange", () => beat().catch(() => {}));
  setTimeout(go, EVERY);
}
