// A form with data-live is asked as one types or chooses: what it would lead to is put into this page,
// and its address is that of what is shown, so the way back is as ever. Without script it has a button.

const PAUSE = 300; // ms without another letter or choice
const FEWEST = 2; // letters that narrow a list down
let timer;
let asking; // the request on its way, if there is one

const said = Object.assign(document.createElement("p"), { className: "unseen", role: "status" });

// What has the focus keeps it, and whoever types goes on in the same box.
function put(fresh) {
  const here = document.activeElement;
  const { id, selectionStart: from, selectionEnd: until } = here;
  const box = here.matches("input[type=search]") && fresh.querySelector(`#${CSS.escape(id)}`);
  box?.replaceWith?.(here);
  document.getElementById("main").replaceChildren(...fresh.childNodes);
  (id ? document.getElementById(id) : null)?.focus({ preventScroll: true });
  if (box) here.setSelectionRange(from, until);
}

async function ask(form) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const asked = [...new FormData(form)].filter(([, value]) => value !== "");
  const url = asked.length ? `${form.action}?${new URLSearchParams(asked)}` : form.action;
  try {
    const options = { headers: { "X-Fetch": "1" }, cache: "no-store", signal };
    const response = await fetch(url, options);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (signal.aborted) return;
    if (!response.ok) return location.assign(url);
    put(page.getElementById("main"));
    history.replaceState(null, "", url);
    said.textContent = document.querySelector("[data-live-count]").textContent;
  } catch {
    if (!signal.aborted) location.assign(url);
  }
}

function later(event) {
  const form = event.target.closest("form[data-live]");
  if (!form || event.isComposing) return;
  clearTimeout(timer);
  const { type, value } = event.target;
  if (type !== "search" || value === "" || value.trim().length >= FEWEST) {
    timer = setTimeout(() => form.isConnected && ask(form), PAUSE);
  }
}

if (document.querySelector("form[data-live]")) document.body.append(said);
addEventListener("input", later);
addEventListener("compositionend", later);
addEventListener("submit", () => clearTimeout(timer));
