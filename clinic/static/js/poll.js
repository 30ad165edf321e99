// Elements with data-poll="seconds" fetch their own page again, or the one that data-poll-at names, and
// show what is new in them.
// The header tells the server that nobody asked: it neither prolongs a sign-in nor notes a look.

async function refresh(region) {
  const at = region.dataset.pollAt ?? location.href;
  const response = await fetch(at, { headers: { "X-Poll": "1" } });
  // Signed out meanwhile: show nothing any longer.
  if (response.redirected) location.replace(at);
  if (!response.ok) throw new Error(`answer ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(region.id);
  if (!fresh || fresh.innerHTML === region.innerHTML) return;
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  for (const open of region.querySelectorAll("details[open][id]")) {
    const twin = fresh.querySelector(`#${CSS.escape(open.id)}`);
    if (twin) twin.open = true;
  }
  region.replaceChildren(...fresh.childNodes);
  if (!fresh.dataset.poll) delete region.dataset.poll; // nothing more will come
  document.getElementById(focused)?.focus({ preventScroll: true });
}

// Somebody in the middle of a form is left alone; what has an id and is open stays open.
const isBusy = (region) => region.querySelector("form:focus-within, details[open]:not([id])") !== null;

async function poll(region) {
  if (document.hidden || !region.dataset.poll || isBusy(region)) return;
  const late = document.querySelector("[data-poll-late]");
  try {
    await refresh(region);
    if (late) late.hidden = true;
  } catch {
    if (late) late.hidden = false;
  }
}

for (const region of document.querySelectorAll("[data-poll]")) {
  setInterval(() => poll(region), region.dataset.poll * 1000);
  document.addEventListener("visibilitychange", () => poll(region));
}
