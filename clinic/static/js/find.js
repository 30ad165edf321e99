// A search form with data-find shows what it finds below itself, as one types: links, from one to the
// other with the arrow keys. Enter in the box sends the form, as it does without script. There is one
// request a pause, and the browser keeps none of it.

const PAUSE = 200; // ms without another letter
const FEWEST = 2; // letters or digits, as in search/rules.py
const WORDS = { out: "You were signed out. Press Enter to sign in again.", none: "No answer. Press Enter to try again." };

const lettersIn = (text) => text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;

function part(tag, className, role) {
  const element = Object.assign(document.createElement(tag), { className });
  if (role) element.role = role;
  return element;
}

function finder(form) {
  const box = form.querySelector("input[type=search]");
  const list = part("div", "finds");
  const said = part("p", "unseen", "status");
  let timer;
  let asking; // the request on its way, if there is one
  list.hidden = true;
  form.append(list, said);

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    list.replaceChildren();
    said.textContent = "";
    form.classList.remove("is-open");
  }

  function show(nodes, words) {
    list.replaceChildren(...nodes);
    list.hidden = false;
    form.classList.add("is-open");
    said.textContent = words;
  }

  function tell(words) {
    const line = part("p", "meta");
    line.textContent = words;
    show([line], words);
  }

  async function ask() {
    clearTimeout(timer);
    asking?.abort();
    if (lettersIn(box.value) < FEWEST) return close();
    asking = new AbortController();
    const { signal } = asking;
    const asked = new URLSearchParams(new FormData(form));
    const options = { headers: { "X-Fetch": "1" }, cache: "no-store", signal };
    try {
      const response = await fetch(`${form.action}?${asked}`, options);
      const text = await response.text();
      if (signal.aborted) return;
      if (!response.ok) return tell(response.status === 401 ? WORDS.out : WORDS.none);
      const found = new DOMParser().parseFromString(text, "text/html").getElementById("found");
      const number = found.querySelectorAll(".found-name").length;
      show(found.childNodes, number ? `${number} found. The arrow keys lead to them.` : "Nothing found.");
    } catch {
      if (!signal.aborted) tell(WORDS.none);
    }
  }

  function walk(step) {
    const links = [...list.querySelectorAll(".found-name")];
    const at = links.findIndex((link) => link.closest("li").contains(document.activeElement));
    const next = at + step < 0 ? box : links[at + step];
    next?.focus();
  }

  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, PAUSE);
  });
  form.addEventListener("compositionend", () => {
    timer = setTimeout(ask, PAUSE);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isInBox = document.activeElement === box;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      box.focus();
      close();
    } else if (event.key === "ArrowDown" || (event.key === "ArrowUp" && !isInBox)) {
      event.preventDefault();
      if (list.hidden) ask();
      else walk(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key.length === 1 && event.key !== " " && !isInBox) box.focus(); // and types on
  });
  // A finger on a link takes the focus nowhere in some browsers, so only where it goes counts.
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !form.contains(relatedTarget)) close();
  });
  addEventListener("pointerdown", ({ target }) => form.contains(target) || close());
  addEventListener("pagehide", close);
}

for (const form of document.querySelectorAll("form[data-find]")) finder(form);
