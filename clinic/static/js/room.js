// A tablet that is the screen in a room: which room is chosen once, then it shows a code a minute.
// Whoever wants another room opens the tablet with a staff PIN.

import { ask, isSetUp, recall, remember, send, start } from "./kiosk_queue.js";

const SECOND = 1000;
const AGAIN = 5; // seconds, when there was no answer
const NO_LINE = "No connection. The code comes back by itself.";
const NOBODY = "Nothing begins here soon.";
const WHICH = "Which room is this?";

const part = (name) => document.querySelector(`[data-room="${name}"]`);
const { home, taps, codes } = part("all").dataset;
let room;
let timer;

function drawn({ when, code, square }) {
  const one = document.getElementById("screen-code").content.cloneNode(true);
  const picture = new DOMParser().parseFromString(square, "text/html");
  one.querySelector(".screen-square").replaceChildren(...picture.body.childNodes);
  one.querySelector(".screen-when").textContent = when;
  one.querySelector(".screen-digits").textContent = `${code.slice(0, 3)} ${code.slice(3)}`;
  return one;
}

function choice({ id, name }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button is-quiet", textContent: name });
  button.addEventListener("click", () => choose(id));
  return button;
}

async function choose(id) {
  room = id;
  await remember("room", id);
  show();
}

function put(why, rooms = [], shown = [], name = "") {
  part("why").textContent = why;
  part("rooms").replaceChildren(...rooms.map(choice));
  part("codes").replaceChildren(...shown.map(drawn));
  part("name").textContent = name;
}

async function show() {
  clearTimeout(timer);
  let wait = AGAIN;
  try {
    const response = await ask(codes, { room: room ?? 0 });
    if (!isSetUp()) return location.replace(home);
    if (!response.ok) throw new Error(`answer ${response.status}`);
    const answer = await response.json();
    wait = answer.left;
    if (answer.room) put(answer.codes.length ? "" : NOBODY, [], answer.codes, answer.room);
    else put(WHICH, answer.rooms);
    send(taps, []); // staff see that this screen is there
  } catch {
    put(NO_LINE);
  }
  timer = setTimeout(show, wait * SECOND + SECOND / 5);
}

document.addEventListener("visibilitychange", () => document.hidden || show());
await start();
room = await recall("room");
if (isSetUp()) show();
else location.replace(home);
