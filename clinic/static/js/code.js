// The square on the screen leads here with the code behind a #, which is in no request and no log.
// It is put where it would be typed, and taken out of the address; a sign-in that comes first takes
// it along.

const found = location.hash.match(/^#(\d{6})$/);
const form = document.querySelector("form[data-code]");
const field = form?.querySelector("[name=code]");
if (found && !form) for (const each of document.forms) each.action += found[0];
if (found && field) {
  field.value = found[1];
  history.replaceState(null, "", location.pathname + location.search);
  form.querySelector("[type=submit]").focus();
}
