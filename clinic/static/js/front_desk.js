// What staff do on a tablet, which their PIN opens: at the front desk a few letters find who is
// expected, and one press checks them in; on every one how it stands, and its end. Nothing of
// anybody is kept; what is shown goes when it locks.

import { ask, isSetUp, kind, recall, remember, sendKept, start, waiting } from "./kiosk_queue.js";

const SECOND = 1000;
const SAY_SOMETHING_AFTER = 60 * SECOND;
const A_PAUSE = 200; // between two letters
const FORGET_AFTER = 60 * SECOND; // names, when nobody types

const GO_BACK_AFTER = 60 * SECOND; // to the keypad, when nobody enters a PIN

const NOT_REACHED = "Not connected. Please use the sheet, or try again.";
const LOCKED = "Locked. Enter your staff PIN.";
const NOBODY = "Nobody who is expected here today is called so.";

const part = (name) => document.querySelector(`[data-desk="${name}"]`);
const urls = part("all").dataset;
const pinField = document.getElementById("staff-pin");
const nameField = document.getElementById("name");

let unlock; // what stands for whoever has opened it
let idleFor;
let asked = 0; // an answer that comes late is not shown
let lastDone; // what can be undone
let locking;
let forgetting;
let looking;
let goingBack;

const isKeypad = () => kind() !== "search"; // unless it is known, there is a way back

function say(sentence, tone = "") {
  part("said").className = tone;
  part("said").textContent = sentence;
  part("undo").hidden = lastDone === undefined;
}

function forget() {
  asked += 1;
  nameField.value = "";
  part("found").replaceChildren();
  part("more").textContent = "";
}

function show() {
  part("locked").hidden = unlock !== undefined;
  part("open").hidden = unlock === undefined;
  part("lock").hidden = unlock === undefined;
  part("title").textContent = isKeypad() ? "This tablet" : "Front desk";
  part("back").hidden = !isKeypad();
  part("search").hidden = isKeypad();
  part("sound").hidden = kind() !== "keypad";
  part("room").hidden = kind() !== "room";
  part("details").open = isKeypad();
  part("details").firstElementChild.hidden = isKeypad();
  clearTimeout(goingBack);
  if (unlock === undefined && isKeypad()) goingBack = setTimeout(goHome, GO_BACK_AFTER);
  if (unlock === undefined) pinField.focus();
  else (isKeypad() ? part("lock") : nameField).focus();
}

const goHome = () => location.replace(urls.home);

function lock(sentence = LOCKED) {
  const mine = unlock;
  unlock = lastDone = undefined;
  clearTimeout(locking);
  forget();
  pinField.value = "";
  part("who").textContent = "";
  say(sentence);
  show();
  return mine;
}

function stayOpen() {
  clearTimeout(locking);
  locking = setTimeout(lock, idleFor);
  clearTimeout(forgetting);
  forgetting = setTimeout(forget, FORGET_AFTER);
}

// The answer, or nothing where there is none: then it has been said why.
async function request(url, content) {
  let response, answer;
  try {
    response = await ask(url, { unlock, ...content });
    answer = await response.json();
  } catch {
    part("line").textContent = NOT_REACHED;
    return undefined;
  }
  part("line").textContent = "";
  if (!isSetUp()) goHome();
  if (response.ok) return answer;
  if (answer.is_locked) lock(answer.error);
  else say(answer.error, "is-bad");
  return undefined;
}

async function open(event) {
  event.preventDefault();
  const pin = pinField.value;
  pinField.value = "";
  const answer = await request(urls.unlock, { pin });
  if (!answer) return pinField.focus();
  unlock = answer.unlock;
  idleFor = answer.idle_seconds * SECOND;
  part("who").textContent = answer.name;
  part("tablet").textContent = `${answer.kiosk}, ${answer.site}`;
  const number = await waiting();
  part("kept").textContent = `${number} ${number === 1 ? "check-in" : "check-ins"} waiting on it to be sent`;
  part("clock").textContent = answer.clock ?? "";
  part("clock").hidden = !answer.clock;
  part("unpair").hidden = !answer.may_unpair;
  say("");
  show();
  return stayOpen();
}

function row(person) {
  const line = part("row").content.cloneNode(true);
  line.querySelector("b").textContent = person.name;
  line.querySelector(".meta").textContent = [person.session, person.state].filter(Boolean).join(" · ");
  const button = line.querySelector("button");
  button.ariaLabel = `Check in ${person.name}`;
  if (person.can_check_in) button.addEventListener("click", () => checkIn(person.id));
  else button.remove();
  return line;
}

async function look() {
  const q = nameField.value.trim();
  asked += 1;
  const mine = asked;
  if (q.length < 2) return part("found").replaceChildren();
  const answer = await request(urls.people, { q });
  if (!answer || mine !== asked) return undefined;
  part("found").replaceChildren(...answer.people.map(row));
  const more = answer.more ? `${answer.more} more: type another letter.` : "";
  part("more").textContent = answer.people.length ? more : NOBODY;
  return undefined;
}

function typed() {
  stayOpen();
  lastDone = undefined;
  say("");
  clearTimeout(looking);
  looking = setTimeout(look, A_PAUSE);
}

async function checkIn(person) {
  stayOpen();
  const answer = await request(urls.arrive, { person });
  if (!answer) return;
  lastDone = answer.change ? { person, change: answer.change } : undefined;
  forget();
  say(answer.said, "is-good");
  nameField.focus();
}

async function undo() {
  stayOpen();
  const mine = lastDone;
  lastDone = undefined;
  const answer = await request(urls.undo, mine);
  if (answer) say(answer.said);
  nameField.focus();
}

async function close() {
  const mine = lock();
  await ask(urls.lock, { unlock: mine }).catch(() => {}); // else it locks by itself
}

async function unpair(event) {
  event.preventDefault();
  if (!(await request(urls.unpair, {}))) return;
  lock();
  await sendKept(urls.taps); // the answer says that its key is right no longer
  goHome();
}

const showSound = (isMuted) => {
  part("sound").textContent = isMuted ? "Sound on again" : "Mute";
};

async function switchSound() {
  stayOpen();
  const isMuted = !(await recall("muted"));
  await remember("muted", isMuted);
  showSound(isMuted);
  say(isMuted ? "The tablet is silent." : "The tablet sounds again.");
}

async function chooseRoom() {
  await remember("room", 0);
  await close();
  goHome();
}

async function sayThatItIsThere() {
  const { isConnected } = await sendKept(urls.taps);
  part("line").textContent = isConnected ? "" : NOT_REACHED;
  if (!isSetUp()) goHome();
}

await start();
if (isSetUp()) {
  part("locked").addEventListener("submit", open);
  nameField.form.addEventListener("submit", (event) => event.preventDefault() ?? look());
  nameField.addEventListener("input", typed);
  part("undo").addEventListener("click", undo);
  part("lock").addEventListener("click", close);
  part("unpair").addEventListener("submit", unpair);
  part("sound").addEventListener("click", switchSound);
  part("room").addEventListener("click", chooseRoom);
  addEventListener("pagehide", () => lock());
  setInterval(sayThatItIsThere, SAY_SOMETHING_AFTER);
  lock("");
  showSound(await recall("muted"));
  await sayThatItIsThere(); // the answer says what it was paired for
  show();
} else goHome();
