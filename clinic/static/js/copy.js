// A button with data-copy copies the field beside it, and says so with its own word.

for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = button.parentElement.querySelector("[data-copy-from]");
  button.hidden = false;
  source.addEventListener("focus", () => source.select());
  button.addEventListener("click", async () => {
    source.select();
    try {
      await navigator.clipboard.writeText(source.value);
    } catch {
      return; // away from HTTPS there is no clipboard; the text is selected
    }
    button.textContent = button.dataset.copy;
  });
}
