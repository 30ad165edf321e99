// On the sheet of a session that is on: beside the time at which somebody left, a button for now. It
// types the time where the session is, as a hand would, and saves. Without script the time is typed.

const wallClock = (timeZone) =>
  new Date().toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });

function now(field, zone) {
  const button = Object.assign(document.createElement("button"), {
    type: "button",
    textContent: "now",
    ariaLabel: "Left now",
  });
  button.addEventListener("click", () => {
    field.value = wallClock(zone);
    field.closest("details").querySelector("button[value$=save]").click();
  });
  field.closest("label").after(button);
}

document.addEventListener("toggle", ({ target }) => {
  const zone = target.closest("#sheet")?.dataset.zone;
  const field = target.querySelector("label [name$=-left]");
  if (target.open && zone && field && !field.value && !target.querySelector("[aria-label='Left now']")) now(field, zone);
}, true);
