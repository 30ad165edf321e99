// Keys: data-key="t" presses its link or button. Inside a data-row the row's own keys come first: the
// list of the rows names them, data-row-keys="p,e,,n", in the order of the buttons of each. The up and down arrows go to the neighbouring rows; Enter in a field presses the first
// button after it. Whoever is troubled by single letters switches them off in the account's menu.

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
  const wanted = `[data-key="${CSS.escape(event.key)}"]`;
  const target = inRow(row, event.key) ?? document.querySelector(wanted);
  if (!target || target.disabled) return;
  event.preventDefault();
  press(target);
});

const button = document.querySelector("[data-keys-switch]");
if (button) {
  const tell = () => {
    button.textContent = `Single-key shortcuts: ${lettersAreOn() ? "on" : "off"}`;
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEPT, lettersAreOn() ? "off" : "on");
    tell();
  });
  button.hidden = document.querySelector("[data-key], [data-row-keys]") === null;
  tell();
}
