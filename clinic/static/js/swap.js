// Links and forms with data-swap="ids": fetch what they lead to and replace the parts of this page
// that have these ids. Without script, or where it fails, they are ordinary links and forms.

const unsaved = new Map(); // the id of a row: its last press, until it is saved
const meanwhile = new Set(); // parts of the page that are to be read again
let presses = 0;
let waiting = 0;

// What is being typed in another row while the answer is on its way stays open and typed.
function keepTyped(old, fresh, sent) {
  for (const field of old.querySelectorAll("details[open] input:not([type=hidden], .weekly *)")) {
    const id = field.id && fresh.querySelector(`#${CSS.escape(field.id)}`);
    const twin = id || fresh.querySelector(`[name="${CSS.escape(field.name)}"]`);
    const isOffer = field.closest(".when") && field.value === field.defaultValue;
    if (!twin || isOffer || field.closest("[data-row]")?.id === sent) continue;
    twin.closest("details").open = true;
    const isRefused = field.closest("details").querySelector(".field-error") !== null;
    if (isRefused || field.value !== field.defaultValue) twin.value = field.value;
  }
}

// Forms with data-keep, one a line: in which something is typed and not sent stays as it is.
function keepForms(old, fresh, sent) {
  for (const form of old.querySelectorAll("form[data-keep]")) {
    const isTyped = [...form.querySelectorAll("input")].some((one) => one.value !== one.defaultValue);
    const twin = isTyped && form.id !== sent && fresh.querySelector(`#${CSS.escape(form.id)}`);
    if (twin) twin.replaceWith(form);
  }
}

function replace(id, page, sent) {
  const old = document.getElementById(id);
  const fresh = page.getElementById(id);
  if (!old || !fresh) return Boolean(fresh);
  keepTyped(old, fresh, sent);
  keepForms(old, fresh, sent);
  // A live region must stay the same element, or what is new in it is not read out.
  if (old.role === "status" || old.ariaLive) old.replaceChildren(...fresh.childNodes);
  else old.replaceWith(fresh);
  return true;
}

const has = (page, ids) => ids.some((id) => page.getElementById(id));

const CONTROLS = "button, summary, input, select, textarea";
const controls = (row) => [...(row?.querySelectorAll(CONTROLS) ?? [])];

// What is inside of another part comes with it.
const outermost = (page, ids) =>
  ids.filter((id) => !ids.some((each) => each !== id && page.querySelector(`#${each} #${id}`)));

function show(page, ids, sent) {
  const focused = document.activeElement;
  const row = focused?.closest("[data-row]");
  const place = controls(row).indexOf(focused);
  // Whoever was marked is no longer on the list.
  if (has(page, ids) && sent && !page.getElementById(sent)) document.getElementById(sent)?.remove();
  const parts = outermost(page, ids);
  if (!parts.map((id) => replace(id, page, sent)).some(Boolean)) replace("main", page, sent);
  dispatchEvent(new Event("swap")); // for scripts that had to do with what is replaced
  // Undone in its row is only what was done last.
  if (sent && document.querySelector(`#${sent} [name=change]`)) {
    document.querySelectorAll(`[data-row]:not(#${sent}) [name=change]`).forEach((each) => each.remove());
  }
  // What another answer said stays until this one says something else.
  if (!meanwhile.size || page.getElementById("messages")?.childElementCount) replace("messages", page);
  // Where the reader was: at the same control, else in its row, else at the top of what is new.
  const again = (id) => (id ? document.getElementById(id) : null);
  const same = row && controls(again(row.id))[place];
  const asked = row?.id === sent ? again(sent)?.querySelector("summary[autofocus]") : null;
  const part = again(sent) ?? again(ids[0]);
  const begun = part?.querySelector(":is(input, select)[autofocus]"); // what comes next, or is wrong
  const known = [focused?.dataset.next, focused?.id, row?.id, ids[0], "main"];
  for (const element of [asked, begun, same, ...known.map(again)]) {
    element?.focus({ preventScroll: true });
    if (element && document.activeElement === element) return;
  }
}

class SignedOut extends Error {}

async function answerOf(url, options) {
  const headers = { "X-Fetch": "1", ...options.headers };
  const response = await fetch(url, { ...options, headers });
  if (response.status === 401) throw new SignedOut();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { response, page };
}

async function follow(link) {
  const ids = link.dataset.swap.split(" ");
  const { response, page } = await answerOf(link.href, {});
  if (response.redirected && !has(page, ids)) return location.assign(response.url);
  show(page, ids);
  history.pushState(null, "", response.url);
}

function say(sentence, link) {
  const notice = document.createElement("div");
  notice.className = "notice is-warn";
  const words = Object.assign(document.createElement("p"), { textContent: sentence });
  if (link) words.append(" ", link);
  notice.append(words);
  document.getElementById("messages").replaceChildren(notice);
}

// Everything is sent at once, and by the browser even when the page is left. Of several presses in a
// row the last one counts: each has its number, and the server knows which came later.
const thisPage = [...crypto.getRandomValues(new Uint8Array(8))]
  .map((byte) => byte.toString(16).padStart(2, "0"))
  .join("");
const AGAIN = 5000; // ms until what found no answer is sent again
const MOST = 60_000; // bytes that a browser sends on for a page that is gone

// Of a form with many rows only the row is sent whose button was pressed, or those that are open.
function fieldsOf(form, button, row) {
  const body = new URLSearchParams(new FormData(form));
  for (const field of form.elements) {
    const its = field.name && field.closest("[data-row]");
    if (its && its !== row && (row || !its.querySelector("details[open]"))) body.delete(field.name);
  }
  if (button?.name) body.set(button.name, button.value);
  if (row) body.set("press", `${thisPage}.${presses}`);
  else tellRows(form, body);
  return body;
}

// What is sent for all rows at once leaves alone those that are open or on their way.
function tellRows(form, body) {
  const number = (id) => id.replace("row-", "");
  for (const open of form.querySelectorAll("[data-row] details[open]")) {
    body.append("open", number(open.closest("[data-row]").id));
  }
  for (const id of unsaved.keys()) body.append("busy", number(id));
}

// Whoever was signed out signs in again in another tab; then what is not saved is sent again, unless
// it is somebody else who has signed in.
let isOut = false;
const who = (page) => page.querySelector("meta[name=who]")?.content;

function sayOut() {
  if (isOut) return;
  isOut = true;
  const words = { href: "/sign-in", target: "_blank", textContent: "Sign in again" };
  const link = Object.assign(document.createElement("a"), words);
  say("You were signed out, and this is not saved. It stays here meanwhile.", link);
  setTimeout(comeBack, AGAIN);
}

async function comeBack() {
  try {
    const { page } = await answerOf(location.href, { headers: { "X-Poll": "1" } });
    if (who(page) !== who(document)) {
      say("Somebody else has signed in here. Nothing of this is saved. Load the page again.");
      return;
    }
    const token = page.querySelector("input[name=csrf_token]")?.value;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    isOut = false;
    say("You are signed in again.");
    for (const press of unsaved.values()) {
      press.body.set("csrf_token", token);
      send(press);
    }
  } catch {
    setTimeout(comeBack, AGAIN);
  }
}

// What is not saved yet is seen on its row.
function note() {
  for (const [id, press] of unsaved) {
    const row = document.getElementById(id);
    if (!row) continue;
    row.ariaBusy = "true";
    const words = row.querySelector("[data-note]") ?? document.createElement("small");
    words.dataset.note = "";
    const why = isOut ? "you were signed out." : "no answer. Trying again.";
    words.textContent = press.failed ? `Not saved yet: ${why}` : "Saving…";
    row.querySelector("p:nth-of-type(2)")?.append(words);
    for (const each of row.querySelectorAll("button[name]")) {
      each.toggleAttribute("data-sent", each.value === press.value);
    }
  }
}

async function send(press) {
  const { url, body, ids, row } = press;
  const isLast = () => unsaved.get(row) === press;
  waiting += 1;
  if (waiting > 1) for (const id of ids) meanwhile.add(id);
  try {
    if (row) body.set("ago", Math.round((performance.now() - press.at) / 1000));
    const keepalive = body.toString().length < MOST;
    const { response, page } = await answerOf(url, { method: "POST", body, keepalive });
    if (row && response.status >= 500) throw new Error(`answer ${response.status}`);
    const isOld = row && !isLast();
    if (!isOld) unsaved.delete(row);
    // Sent elsewhere, to the sign-in for instance: go there.
    if (response.redirected && !has(page, [row, ...ids])) {
      unsaved.clear();
      waiting = 0;
      location.assign(response.url);
      return;
    }
    const isCrossed = waiting > 1 || meanwhile.size > 0;
    if (isCrossed) for (const id of ids) meanwhile.add(id);
    // Refusals and errors are pages too, and say what is wrong.
    if (!isOld) show(page, [...(row ? [row] : []), ...(isCrossed && row ? [] : ids)], row ?? press.form);
  } catch (error) {
    const hasToSignIn = error instanceof SignedOut;
    if (hasToSignIn) sayOut();
    else if (!row) say("No answer came, so this may not be saved. Load the page again to see.");
    if (row && isLast()) {
      press.failed = true;
      if (!hasToSignIn) setTimeout(() => isLast() && send(press), AGAIN);
    }
  } finally {
    waiting = Math.max(0, waiting - 1);
    note();
    if (!waiting) catchUp().catch(() => isOut || say("Some of this page is old. Load it again to see."));
  }
}

// Answers that crossed on their way: what they share is read anew.
async function catchUp() {
  const ids = [...meanwhile];
  if (!ids.length) return;
  const { page } = await answerOf(location.href, { headers: { "X-Poll": "1" } });
  if (waiting || !has(page, ids)) return; // whoever comes next does it
  show(page, ids);
  meanwhile.clear();
  note();
}

addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  const ids = button?.dataset.swap ?? form.dataset.swap;
  if (!ids || event.defaultPrevented) return;
  event.preventDefault();
  const row = button?.closest("[data-row]");
  const busy = button ?? form;
  if (!row && busy.ariaBusy === "true") return;
  presses += 1;
  const press = {
    url: button?.hasAttribute("formaction") ? button.formAction : form.action,
    body: fieldsOf(form, button, row),
    ids: ids.split(" "),
    row: row?.id,
    form: form.id,
    at: performance.now(),
    value: button?.value,
  };
  if (row) {
    unsaved.set(row.id, press);
    note();
  } else busy.ariaBusy = "true";
  send(press).finally(() => row || busy.removeAttribute("aria-busy"));
});

const isTyped = () =>
  document.querySelector("[data-row] details[open] .field-error") ||
  [...document.querySelectorAll("[data-row] details[open] input")].some(
    (field) => field.value !== field.defaultValue,
  );

addEventListener("beforeunload", (event) => {
  if (unsaved.size || isTyped()) event.preventDefault();
});

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-swap]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  follow(link).catch(() => location.assign(link.href));
});

addEventListener("popstate", () => location.reload());
