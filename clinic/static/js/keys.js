// Keys: data-key="t" presses its link or button. Inside a data-row the row's own keys come first: the
// list of the rows names them, data-row-keys="p,e,,n", in the order of the buttons of each. The up and
// down arrows go to the neighbouring rows; Enter in a field presses the first button after it. In any
// list j and k go from row to row, and ? shows what there is on the page. Whoever is troubled by single
// letters switches them off, there or in the account's menu.

const KEPT = "single-keys";
const lettersAreOn = () => localStorage.getItem(KEPT) !== "off";
const isTyping = (element) => element.matches("input, select, textarea, [contenteditable]");

function press(target) {
  target.click();
  const details = target.closest("summary")?.parentElement;
  if (details?.open) details.querySelector("input, select")?.focus();
  else if (target.matches("input")) target.focus();
}

function neighbour(row, step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  return rows[rows.indexOf(row) + step];
}

const follows = (one, other) =>
  Boolean(other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);

// The rows of a list, each with what the focus goes to: itself, or the first thing in it.
const CAN_HAVE_FOCUS = "a[href], button, summary, input, select";

const LISTS = ".lines, .desk-lines, .roll, .slots, .plain-found";
const ROWS = `[data-row], main tbody tr, main :is(${LISTS}) > li, main a.cover`;

function stops() {
  const rows = document.querySelectorAll(ROWS);
  return [...rows]
    .map((row) => (row.matches("[data-row], a") ? row : row.querySelector(CAN_HAVE_FOCUS)))
    .filter((stop) => stop?.checkVisibility());
}

function walk(step) {
  const all = stops();
  const here = document.activeElement;
  const at = all.findIndex((stop) => stop.contains(here) || stop.closest("tr, li")?.contains(here));
  const next = at < 0 ? all[0] : all[at + step];
  next?.focus();
  return next !== undefined;
}

function inRow(row, key) {
  const place = row?.closest("[data-row-keys]")?.dataset.rowKeys.split(",").indexOf(key) ?? -1;
  const control = place < 0 ? null : row.querySelector("[role=group]")?.children[place];
  return control?.querySelector("summary") ?? control;
}

addEventListener("keydown", (event) => {
  const here = document.activeElement;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = here.closest("[data-row]");
  if (row && event.key === "Enter" && here.matches("input")) {
    event.preventDefault();
    const buttons = [...(here.closest("details")?.querySelectorAll("button") ?? [])];
    buttons.find((each) => follows(each, here))?.click();
    return;
  }
  if (isTyping(here)) return;
  if (row && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    neighbour(row, event.key === "ArrowDown" ? 1 : -1)?.focus();
    return;
  }
  if (event.key.length === 1 && !lettersAreOn()) return;
  if (event.key === "?" && keysHere().size > 1) {
    event.preventDefault();
    showKeys();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (event.key in STEPS && !inRow(row, event.key) && walk(STEPS[event.key])) {
    event.preventDefault();
    return;
  }
  const wanted = `[data-key="${CSS.escape(event.key)}"]`;
  const target = inRow(row, event.key) ?? document.querySelector(wanted);
  if (!target || target.disabled) return;
  event.preventDefault();
  press(target);
});

// What there is on this page, in words that stand on it.
const STEPS = { j: 1, k: -1 };
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

function make(tag, facts, ...within) {
  const element = Object.assign(document.createElement(tag), facts);
  element.append(...within);
  return element;
}

const wordsOf = (element) =>
  (element.labels?.[0] ?? element).textContent.replace(/\s+/g, " ").trim() || element.ariaLabel;

function keysHere() {
  const found = new Map([["?", "Show these keys"]]);
  for (const each of document.querySelectorAll("[data-key]")) {
    const isSeen = each.matches("input") || each.checkVisibility();
    if (isSeen && !found.has(each.dataset.key)) found.set(each.dataset.key, wordsOf(each));
  }
  if (stops().length > 1) found.set("j", "Next row").set("k", "Previous row");
  const list = document.querySelector("[data-row-keys]");
  const first = [...document.querySelectorAll("[data-row]")].find((row) => row.querySelector("[role=group]"));
  if (list && first) found.set("↑ ↓", "From row to row, once in one");
  for (const key of list && first ? list.dataset.rowKeys.split(",") : []) {
    const control = key && inRow(first, key);
    if (control) found.set(key, `${wordsOf(control).split(",")[0]}, in a row`); // not how late this one was
  }
  return found;
}

let keys; // made when it is first asked for

function makeKeys() {
  const title = make("h2", { id: "keys-title", textContent: "Keys of this page" });
  const close = make("button", { type: "button", className: "button is-primary", textContent: "Close" });
  const letters = make("button", { type: "button", className: "button is-quiet" });
  letters.dataset.keysSwitch = "";
  keys = make("dialog", { className: "keys card" }, title, make("dl", {}));
  keys.append(make("p", { className: "actions" }, close, letters));
  keys.setAttribute("aria-labelledby", "keys-title");
  close.addEventListener("click", () => keys.close());
  letters.addEventListener("click", switchLetters);
  document.body.append(keys);
  tellSwitch();
}

function showKeys() {
  if (!keys) makeKeys();
  const lines = [...keysHere()].map(([key, words]) => {
    const cap = make("kbd", { textContent: NAMES[key] ?? key });
    return make("div", {}, make("dt", {}, cap), make("dd", { textContent: words }));
  });
  keys.querySelector("dl").replaceChildren(...lines);
  if (!keys.open) keys.showModal();
}

function tellSwitch() {
  for (const each of document.querySelectorAll("[data-keys-switch]")) {
    each.textContent = `Single-key shortcuts: ${lettersAreOn() ? "on" : "off"}`;
    each.hidden = keysHere().size < 2; // `?` alone
  }
}

function switchLetters() {
  localStorage.setItem(KEPT, lettersAreOn() ? "off" : "on");
  tellSwitch();
}

for (const each of document.querySelectorAll("[data-keys-switch]")) {
  each.addEventListener("click", switchLetters);
}
for (const each of document.querySelectorAll("[data-keys-show]")) {
  each.addEventListener("click", showKeys);
  each.hidden = false;
}
tellSwitch();
