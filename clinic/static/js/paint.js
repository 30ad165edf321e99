// Times of the week are painted, hour by hour, into the rows of a form that say the same exactly.
// It is for a mouse or a finger: the rows are what is sent, and what a keyboard and a screen reader use.

const FIRST = 7; // hours that are shown; the rows take any
const LAST = 22;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
let rows = document.getElementById("unavailable");
const name = (place, part) => `unavailable-${place}-${part}`;

const minutes = (text) => {
  const [hour, minute] = text.split(":").map(Number);
  return hour * 60 + minute;
};
const wall = (minute) => new Date(minute * 60_000).toISOString().slice(11, 16);
const clock = (hour) => `${hour % 12 || 12} ${hour < 12 ? "am" : "pm"}`;

function rowAt(place) {
  const from = rows.querySelector(`[name="${name(place, "from")}"]`);
  if (!from) return null;
  const until = rows.querySelector(`[name="${name(place, "until")}"]`);
  const days = [...rows.querySelectorAll(`[name="${name(place, "days")}"]`)];
  return { from, until, days, group: from.closest("[role=group]") };
}

function allRows() {
  const found = [];
  for (let row = rowAt(0); row; row = rowAt(found.length)) found.push(row);
  return found;
}

const isEmpty = (row) => !row.from.value && !row.until.value && !row.days.some((day) => day.checked);
// Without a start or an end it goes from or until midnight.
const isWhole = (row) => (row.from.value || row.until.value) && row.days.some((day) => day.checked);

// What the rows say: for each day a list of times, in minutes.
function read() {
  const times = DAYS.map(() => []);
  for (const row of allRows().filter(isWhole)) {
    const span = [minutes(row.from.value || "00:00"), minutes(row.until.value || "00:00") || 24 * 60];
    for (const day of row.days.filter((each) => each.checked)) times[day.value].push(span);
  }
  return times;
}

function add(spans, from, until) {
  const apart = spans.filter((one) => one[1] < from || until < one[0]);
  const joined = spans.filter((one) => !apart.includes(one));
  const first = Math.min(from, ...joined.map((one) => one[0]));
  const last = Math.max(until, ...joined.map((one) => one[1]));
  return [...apart, [first, last]];
}

function remove(spans, from, until) {
  const left = spans.flatMap(([first, last]) => [
    [first, Math.min(last, from)],
    [Math.max(first, until), last],
  ]);
  return left.filter(([first, last]) => first < last);
}

// Another row like the last one, empty, with the next number in all its names.
function anotherRow(place) {
  const last = rowAt(place - 1).group;
  const row = last.cloneNode(true);
  for (const each of [row, ...row.querySelectorAll("*")]) {
    for (const { name: attribute, value } of [...each.attributes]) {
      const renamed = value.replaceAll(`unavailable-${place - 1}`, `unavailable-${place}`);
      if (renamed !== value) each.setAttribute(attribute, renamed);
    }
  }
  row.ariaLabel = `Row ${place + 1}`;
  last.after(row);
}

// A row that is begun and not whole stays as it is: somebody is typing there.
function write(times) {
  const spans = new Map();
  for (const [day, all] of times.entries()) {
    for (const span of all) {
      const key = span.join();
      spans.set(key, { span, days: [...(spans.get(key)?.days ?? []), String(day)] });
    }
  }
  const wanted = [...spans.values()].sort((one, other) => one.span[0] - other.span[0]);
  const free = () => allRows().filter((row) => isEmpty(row) || isWhole(row));
  while (free().length < wanted.length) anotherRow(allRows().length);
  for (const [place, row] of free().entries()) {
    const { span = [], days = [] } = wanted[place] ?? {};
    row.from.value = span.length ? wall(span[0]) : "";
    row.until.value = span.length ? wall(span[1] % (24 * 60)) : "";
    for (const day of row.days) day.checked = days.includes(day.value);
  }
}

const board = Object.assign(document.createElement("div"), { className: "paint" });
board.ariaHidden = "true";
const put = (className, textContent, dataset = {}) => {
  const cell = Object.assign(document.createElement("span"), { className, textContent });
  Object.assign(cell.dataset, dataset);
  board.append(cell);
};

put("paint-hour", "");
for (const day of DAYS) put("paint-day", day);
for (let hour = FIRST; hour < LAST; hour += 1) {
  put("paint-hour", clock(hour));
  for (const day of DAYS.keys()) put("paint-cell", "", { day, hour });
}

const isBusy = (times, { day, hour }) =>
  times[day].some(([from, until]) => from < (Number(hour) + 1) * 60 && Number(hour) * 60 < until);

function show() {
  const times = read();
  for (const cell of board.querySelectorAll(".paint-cell")) {
    cell.classList.toggle("is-on", isBusy(times, cell.dataset));
  }
}

// The block from one cell to another, painted or taken away from what was there.
function fill({ from, isOn, before }, to) {
  const between = (part) =>
    [from.dataset[part], to.dataset[part]].map(Number).sort((one, other) => one - other);
  const [firstDay, lastDay] = between("day");
  const [firstHour, lastHour] = between("hour");
  const change = isOn ? add : remove;
  const isIn = (day) => firstDay <= day && day <= lastDay;
  const changed = (spans) => change(spans, firstHour * 60, (lastHour + 1) * 60);
  write(before.map((spans, day) => (isIn(day) ? changed(spans) : spans)));
  show();
}

const begun = (from) => ({ from, isOn: !from.classList.contains("is-on"), before: read() });
let stroke = null; // where it began, whether it paints or takes away, and what was there

const isStroke = (event) => event.pointerType !== "touch"; // a finger taps, and scrolls otherwise
board.addEventListener("pointerdown", (event) => {
  const cell = event.target.closest(".paint-cell");
  if (!cell || !isStroke(event) || event.button) return;
  event.preventDefault();
  stroke = begun(cell);
  fill(stroke, cell);
});
board.addEventListener("pointerover", (event) => {
  const cell = event.target.closest(".paint-cell");
  if (cell && stroke) fill(stroke, cell);
});
addEventListener("pointerup", () => {
  if (!stroke) return;
  stroke = null;
  rows.dispatchEvent(new Event("change", { bubbles: true }));
});
board.addEventListener("click", (event) => {
  const cell = event.target.closest(".paint-cell");
  if (!cell || isStroke(event)) return;
  fill(begun(cell), cell);
  rows.dispatchEvent(new Event("change", { bubbles: true }));
});
addEventListener("pageshow", show);

// The rows step back behind the picture, unless something is wrong in one, or one was just added.
function begin(isOpen) {
  const exact = document.createElement("details");
  exact.className = "week-fold";
  exact.append(Object.assign(document.createElement("summary"), { textContent: "Enter exact times" }));
  exact.open = isOpen || rows.querySelector(".field-error") !== null;
  rowAt(0).group.before(board, exact);
  exact.append(...allRows().map((row) => row.group), rows.querySelector("[name$='-more']"));
  rows.querySelector(".hint").textContent = "Work, school, children, every week: press and draw over the hours.";
  rows.addEventListener("change", show);
  show();
}

begin(location.hash === `#${rows.id}`);

// With a row more or less, all of them are other elements.
addEventListener("swap", () => {
  if (rows.isConnected) return;
  rows = document.getElementById("unavailable");
  begin(true);
  rows.dispatchEvent(new Event("change", { bubbles: true }));
});
