// Somebody's week beside an act on them is that of the day which is typed: the server shows it anew.
// Without script it is the week of the page, and what changes is shown before it is saved.

const form = document.querySelector("form[data-beside]");
let asked = 0;

async function lookAgain() {
  const mine = (asked += 1);
  const body = new URLSearchParams(new FormData(form));
  body.set("step", "back");
  const headers = { "X-Fetch": "1" };
  const answer = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
  // Where something is still to be typed the answer says so, and has the week all the same.
  const text = answer ? await answer.text() : "";
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("beside");
  if (mine === asked && fresh) document.getElementById("beside").replaceWith(fresh);
}

form.addEventListener("change", (event) => {
  if (event.target.type === "date") lookAgain();
});

// A day that was chosen before this script was there, or is kept by the browser.
addEventListener("pageshow", () => {
  const days = [...form.querySelectorAll("input[type=date]")];
  if (days.some((field) => field.value !== field.defaultValue)) lookAgain();
});
