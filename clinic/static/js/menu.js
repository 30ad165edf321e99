// A details element with data-menu closes on Escape and on a click beside it.

const close = (menu) => menu.removeAttribute("open");

for (const menu of document.querySelectorAll("details[data-menu]")) {
  addEventListener("click", (event) => menu.contains(event.target) || close(menu));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    close(menu);
    menu.querySelector("summary").focus();
  });
}
