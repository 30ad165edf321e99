// The week to choose groups from: what is chosen lights up on all its days and is summed up against
// what is prescribed; what was asked first is looked at again by the server, which says anew what
// follows from it. Without script it is a list, and only the page that shows what changes has the sum.

const form = document.querySelector("form[data-week]");
const asks = form.querySelector("[data-week-asks]");
const week = () => form.querySelector("fieldset.week");
const number = (text) => Number(text) || 0;

const words = (minutes) => {
  const hours = Math.floor(minutes / 60);
  const rest = Math.round(minutes % 60);
  return [hours && `${hours} h`, (rest || !hours) && `${rest} min`].filter(Boolean).join(" ");
};

const counted = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

function groupsOf(part) {
  const isOn = (group) => !group.querySelector("input") || group.querySelector("input").checked;
  return [...part.querySelectorAll("[data-group]")].filter(isOn).map(({ dataset }) => ({
    id: dataset.group,
    name: dataset.name,
    days: [...dataset.weekdays],
    from: number(dataset.from),
    until: number(dataset.until),
    minutes: number(dataset.minutes),
    every: number(dataset.every),
    kind: dataset.kind,
  }));
}

// Two that meet at the same time of a day, every week.
function clash(one, other) {
  const sameDay = one.days.some((day) => other.days.includes(day));
  const sameTime = one.from < other.until && other.from < one.until;
  return sameDay && sameTime && one.every * other.every === 1;
}

function goalOf(part) {
  const typed = number(form.elements.min_hours?.value);
  return {
    least: typed ? typed * 60 : number(part.dataset.least),
    most: number(form.elements.max_hours?.value) * 60 || number(part.dataset.most),
    days: number(form.elements.min_days?.value || part.dataset.days),
    mix: part.dataset.mix.split(" ").filter(Boolean).map((each) => each.split(":")),
  };
}

function lacking(groups, mix) {
  return mix.flatMap(([kind, sessions, least]) => {
    const fitting = groups.filter((one) => one.kind === kind && one.minutes >= Math.max(1, least));
    const there = fitting.reduce((sum, one) => sum + one.days.length / one.every, 0);
    return there < sessions ? [`${Math.floor(there)} of ${sessions} ${kind} sessions`] : [];
  });
}

function sum(part) {
  const groups = groupsOf(part);
  const goal = goalOf(part);
  const minutes = groups.reduce((all, one) => all + (one.minutes * one.days.length) / one.every, 0);
  const counting = groups.filter((one) => one.minutes && one.every === 1);
  const days = new Set(counting.flatMap((one) => one.days)).size;
  const missing = lacking(groups, goal.mix);
  const facts = [`${words(minutes)} of ${words(goal.least)}`];
  facts.push(goal.days ? `${days} of ${counted(goal.days, "day")}` : counted(days, "day"));
  if (goal.mix.length) facts.push(missing.length ? `mix: ${missing.join(", ")}` : "mix met");
  if (minutes > goal.most) facts.push(`over the maximum of ${words(goal.most)}`);
  for (const [place, one] of groups.entries()) {
    for (const other of groups.slice(0, place)) {
      if (clash(one, other)) facts.push(`${other.name} and ${one.name} are at the same time`);
    }
  }
  const isMet = minutes >= goal.least && minutes <= goal.most && days >= goal.days && !missing.length;
  return { words: facts.join(" · "), isMet };
}

function show() {
  const part = week();
  const chosen = new Set(groupsOf(part).map((one) => one.id));
  for (const group of part.querySelectorAll("label[data-group]")) {
    group.classList.toggle("is-on", chosen.has(group.dataset.group));
  }
  for (const copy of part.querySelectorAll("[data-copy]")) {
    const isOn = chosen.has(copy.dataset.copy);
    copy.classList.toggle("is-on", isOn);
    if ("single" in copy.dataset) copy.hidden = !isOn;
  }
  const foot = form.querySelector("[data-week-sum]");
  foot.hidden = !("least" in part.dataset); // no program is chosen yet
  if (foot.hidden) return;
  const found = sum(part);
  if (foot.textContent !== found.words) foot.textContent = found.words;
  foot.classList.toggle("is-met", found.isMet);
}

// A group is ticked once; elsewhere in the week a click on it does the same.
form.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  const input = copy && week().querySelector(`[data-group="${copy.dataset.copy}"] input`);
  input?.click();
});

// The planned last day follows the first, for as long as nobody has set it.
let first = form.elements.from_on?.value;
let isSet = false;

function moveEnd() {
  const last = form.elements.until_on;
  const [was, is] = [Date.parse(first), Date.parse(form.elements.from_on.value)];
  first = form.elements.from_on.value;
  if (!last?.value || isSet || !was || !is) return;
  last.value = new Date(Date.parse(last.value) + is - was).toISOString().slice(0, 10);
}

// What follows from something else that is asked, but for where somebody is just now.
function renew(page) {
  for (const part of asks.querySelectorAll("[data-follows]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && !part.contains(document.activeElement)) part.replaceWith(fresh);
  }
}

let asked = 0;

// What is in the way of which group changes with what is asked first: the server says it anew.
async function lookAgain() {
  const mine = (asked += 1);
  const body = new URLSearchParams(new FormData(form));
  body.set("step", "back");
  week().ariaBusy = "true";
  const headers = { "X-Fetch": "1" };
  const answer = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
  const text = answer?.ok ? await answer.text() : "";
  if (mine !== asked) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.querySelector("fieldset.week");
  week().removeAttribute("aria-busy");
  if (!fresh) return; // the preview says it all the same
  const before = new Set([...week().querySelectorAll("input:checked")].map((input) => input.value));
  for (const input of fresh.querySelectorAll("input")) input.checked = before.has(input.value);
  week().replaceWith(fresh);
  const beside = page.getElementById("beside");
  if (beside) document.getElementById("beside")?.replaceWith(beside);
  renew(page);
  show();
}

form.addEventListener("change", ({ target }) => {
  if (target.name === "from_on") moveEnd();
  if (target.name === "until_on") isSet = true;
  if (target.name === "program") isSet = false;
  if (asks.contains(target)) lookAgain();
  else show();
});

// What was chosen before this script was there, or is kept by the browser, is otherwise than it came.
const isOther = (field) => field.checked !== field.defaultChecked || field.value !== field.defaultValue;
addEventListener("pageshow", () => {
  if ([...asks.querySelectorAll("input")].some(isOther)) lookAgain();
  else show();
});
show();
