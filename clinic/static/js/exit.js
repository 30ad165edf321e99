// The quick exit leaves at once, cannot be gone back from, and signs out on the way.

// A page that somebody comes back to is shown no longer once they were signed out, in another tab or
// by the time that went by; where they had typed something, it waits until they send it.

const FIELDS = "main input:not([type=hidden], [type=checkbox], [type=radio]), main textarea";
const hasTyped = () => [...document.querySelectorAll(FIELDS)].some((field) => field.value !== field.defaultValue);

async function stay(own) {
  try {
    const response = await fetch(own, { headers: { "X-Poll": "1" }, redirect: "manual" });
    if (response.type === "opaqueredirect") location.replace(own);
  } catch {
    // without the line nobody knows; the next time tells
  }
}

for (const link of document.querySelectorAll("[data-exit]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    navigator.sendBeacon(link.dataset.exit, new URLSearchParams({ csrf_token: link.dataset.token }));
    location.replace(link.href);
  });
  document.addEventListener("visibilitychange", () => document.hidden || hasTyped() || stay(link.dataset.own));
}
