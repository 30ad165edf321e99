// The screen in the room: a code a minute. It asks with a key of its own, so it goes on when the
// sign-in of whoever opened it has run out; without the line it shows no code that is none any more.

const screen = document.querySelector("[data-screen]");
const part = (name) => screen.querySelector(`[data-screen-part=${name}]`);
const AGAIN = 5; // seconds, when there was no answer
let until = performance.now() + screen.dataset.left * 1000;
let asking = false;

function show({ why_not: why, code, square, left }) {
  part("why").textContent = why ?? "";
  part("why").hidden = !why;
  part("shown").hidden = !code;
  if (code) {
    part("code").textContent = `${code.slice(0, 3)} ${code.slice(3)}`;
    const drawn = new DOMParser().parseFromString(square, "text/html");
    part("square").replaceChildren(...drawn.body.childNodes);
  }
  until = performance.now() + left * 1000;
}

async function ask() {
  asking = true;
  try {
    const headers = { Authorization: `Bearer ${screen.dataset.key}` };
    const response = await fetch(screen.dataset.screen, { headers, cache: "no-store" });
    if (response.status === 401) return location.reload();
    if (!response.ok) throw new Error(`answer ${response.status}`);
    show(await response.json());
  } catch {
    show({ why_not: "No connection. The code comes back by itself.", left: AGAIN });
  } finally {
    asking = false;
  }
}

setInterval(() => {
  const left = Math.ceil((until - performance.now()) / 1000);
  part("left").textContent = Math.max(left, 1);
  if (left <= 0 && !asking) ask();
}, 250);
document.addEventListener("visibilitychange", () => document.hidden || asking || ask());
