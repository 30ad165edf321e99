// Links and forms with data-swap="ids": fetch what they lead to and replace the parts of this page
// that have these ids. Without script, or where it fails, they are ordinary links and forms.

// What is being typed in another row while the answer is on its way stays open and typed.
function keepTyped(old, fresh, sent) {
  for (const field of old.querySelectorAll("details[open] input:not([type=hidden])")) {
    const id = field.id && `#${CSS.escape(field.id)}`;
    const twin = fresh.querySelector(id || `[name="${CSS.escape(field.name)}"]`);
    if (!twin || field.closest("[data-row]")?.id === sent) continue;
    twin.closest("details").open = true;
    if (field.value !== field.defaultValue) twin.value = field.value;
  }
}

function replace(id, page, sent) {
  const old = document.getElementById(id);
  const fresh = page.getElementById(id);
  if (!old || !fresh) return Boolean(fresh);
  keepTyped(old, fresh, sent);
  // A live region must stay the same element, or what is new in it is not read out.
  if (old.role === "status" || old.ariaLive) old.replaceChildren(...fresh.childNodes);
  else old.replaceWith(fresh);
  return true;
}

const CONTROLS = "button, summary, input, select, textarea";
const controls = (row) => [...(row?.querySelectorAll(CONTROLS) ?? [])];

function show(page, ids, sent) {
  const focused = document.activeElement;
  const row = focused?.closest("[data-row]");
  const place = controls(row).indexOf(focused);
  if (!ids.map((id) => replace(id, page, sent)).some(Boolean)) replace("main", page, sent);
  replace("messages", page);
  // Where the reader was: at the same control, else in its row, else at the top of what is new.
  const again = (id) => (id ? document.getElementById(id) : null);
  const same = row && controls(again(row.id))[place];
  for (const element of [same, ...[focused?.id, row?.id, ids[0], "main"].map(again)]) {
    element?.focus({ preventScroll: true });
    if (element && document.activeElement === element) return;
  }
}

async function swap(source, url, options, row) {
  const ids = [...(row ? [row.id] : []), ...source.dataset.swap.split(" ")];
  const response = await fetch(url, options);
  // Refusals and errors are pages too, and say what is wrong.
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  // Sent elsewhere, to the sign-in for instance: go there.
  if (response.redirected && !ids.some((id) => page.getElementById(id))) {
    location.assign(response.url);
    return;
  }
  show(page, ids, row?.id);
  if (source.localName === "a") history.pushState(null, "", response.url);
}

function say(sentence) {
  const notice = document.createElement("div");
  notice.className = "notice is-warn";
  notice.append(Object.assign(document.createElement("p"), { textContent: sentence }));
  document.getElementById("messages").replaceChildren(notice);
}

let last = Promise.resolve(); // one after the other, so that answers cannot overtake

// Of a form with many rows only the row is sent whose button was pressed.
function fieldsOf(form, button, row) {
  const body = new URLSearchParams(new FormData(form));
  for (const field of row ? form.elements : []) {
    if (field.name && field.closest("[data-row]") && !row.contains(field)) body.delete(field.name);
  }
  if (button?.name) body.set(button.name, button.value);
  return body;
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.swap || event.defaultPrevented) return;
  event.preventDefault();
  const row = event.submitter?.closest("[data-row]");
  const busy = row ?? form;
  if (busy.ariaBusy === "true") return;
  busy.ariaBusy = "true";
  const body = fieldsOf(form, event.submitter, row);
  last = last
    .then(() => swap(form, form.action, { method: "POST", body }, row))
    .catch(() => say("No answer came, so this may not be saved. Load the page again to see."))
    .finally(() => busy.removeAttribute("aria-busy"));
});

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-swap]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  swap(link, link.href, {}).catch(() => location.assign(link.href));
});

addEventListener("popstate", () => location.reload());
