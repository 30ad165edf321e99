// The quick exit leaves at once, cannot be gone back from, and signs out on the way.

for (const link of document.querySelectorAll("[data-exit]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    navigator.sendBeacon(link.dataset.exit, new URLSearchParams({ csrf_token: link.dataset.token }));
    location.replace(link.href);
  });
}
