// A form with data-preview: what it leads to is shown over its page, and saved from there. Without
// script, or where something is to be put right first, the form goes to a page of its own.

async function previewOf(form) {
  const body = new URLSearchParams(new FormData(form));
  const options = { method: "POST", body, headers: { "X-Fetch": "1" } };
  const answer = await fetch(form.action, options).catch(() => null);
  const text = answer?.ok && !answer.redirected ? await answer.text() : "";
  const page = new DOMParser().parseFromString(text, "text/html");
  return page.querySelector(".with-side:has(> .preview)") ?? page.querySelector(".preview");
}

function showOver(preview) {
  const dialog = Object.assign(document.createElement("dialog"), { className: "over" });
  for (const each of preview.querySelectorAll("[id]")) each.id = `over-${each.id}`;
  for (const each of preview.querySelectorAll("[aria-labelledby]")) {
    each.setAttribute("aria-labelledby", `over-${each.getAttribute("aria-labelledby")}`);
  }
  const heading = document.createElement("h2");
  heading.append(...preview.querySelector("h1").childNodes);
  Object.assign(heading, { id: "over-heading", tabIndex: -1, autofocus: true });
  preview.querySelector("h1").replaceWith(heading);
  preview.querySelector(".back").remove();
  preview.querySelector("a.button").remove(); // to leave the form, where going back to it is meant
  preview.querySelector("[value=back]").formMethod = "dialog";
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(preview);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("preview" in form.dataset) || event.submitter?.name || event.defaultPrevented) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const preview = await previewOf(form);
  form.removeAttribute("aria-busy");
  if (preview) showOver(preview);
  else form.submit();
});
