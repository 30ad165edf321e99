// The kiosk's keypad: digits, one answer, and neutral again.

import {
  isSetUp, keep, kept, pair, rightNow, send, sendKept, setUp, zone,
} from "./kiosk_queue.js";

const LONGEST = 10;
const SHORTEST = 4;
const SECOND = 1000;
const NEUTRAL_AFTER = 8 * SECOND;
const FORGET_DIGITS_AFTER = 30 * SECOND;
const TRY_AGAIN_AFTER = 15 * SECOND;
const SAY_SOMETHING_AFTER = 60 * SECOND; // so that staff see that this kiosk is there

const WELCOME = "Please enter your PIN.";
const TOO_SHORT = `A PIN has at least ${SHORTEST} digits.`;
const TOO_LONG = `A PIN has at most ${LONGEST} digits.`;
const ONLY_DIGITS = "A PIN has digits only.";
const ONE_MOMENT = "One moment…";
const NOT_CONNECTED = "Not connected.";
const KEPT = "Your check-in is kept.";
const WILL_BE_SENT = "It will be sent when the line is back.";
const NOT_SET_UP = "This kiosk is not set up.";
const SET_UP_ALREADY = "This kiosk is set up already.";
const REVOKE_FIRST = "To give it another place, revoke it first.";
const SHUT_OUT = "This kiosk is not set up any more.";
const ASK_FOR_A_CODE = "Its key is no longer right. Ask for a new code.";
const WRONG_KEY = "This key is not right.";
const KEY_AGAIN = "Enter it once more, or ask for a new one.";
const NOT_REACHED = "Not connected. Please try again.";

const part = (name) => document.querySelector(`[data-kiosk="${name}"]`);
const pad = part("pad");
const setup = part("setup");
const url = pad.dataset.url;
const codeField = document.getElementById("pairing-code");
const keyField = document.getElementById("device-key");

let digits = "";
let turn = 0; // whose turn it is: an answer that comes late is not shown to the next person
let isConnected = true;
let saidAt = 0;
let isWaiting = false; // somebody stands here, whose tap comes first
let idle;

function say(sentence, tone = "", detail = "") {
  part("message").className = `kiosk-message ${tone}`;
  part("message").textContent = sentence;
  part("detail").textContent = detail || "\u00a0"; // the keys below must not jump
}

function showDigits() {
  const dots = Array.from(digits, () => document.createElement("span"));
  for (const dot of dots) dot.className = "keypad-dot";
  part("display").replaceChildren(...dots);
  const count = `${digits.length} ${digits.length === 1 ? "digit" : "digits"}`;
  part("display").ariaLabel = digits ? count : "No digits";
}

function showLine() {
  const waiting = kept().length;
  const are = waiting === 1 ? "1 check-in is" : `${waiting} check-ins are`;
  const what = waiting === 0 ? "" : ` ${are} kept and will be sent.`;
  const state = isConnected ? "" : NOT_CONNECTED;
  part("line").textContent = (isConnected && isSetUp() ? "" : state + what) || "\u00a0";
}

function showTime() {
  const now = rightNow();
  part("clock").dateTime = now.toISOString();
  part("clock").textContent = now
    .toLocaleTimeString("en-US", { timeStyle: "short", timeZone: zone() })
    .toLowerCase();
}

function becomeNeutral() {
  turn += 1;
  isWaiting = false;
  digits = "";
  showDigits();
  pad.hidden = !isSetUp();
  setup.hidden = isSetUp();
  say(isSetUp() ? WELCOME : NOT_SET_UP);
}

function becomeNeutralIn(delay) {
  clearTimeout(idle);
  idle = setTimeout(becomeNeutral, delay);
}

// `2026-03-02T18:00:00-05:00` is six o'clock there, wherever this device thinks it is.
function wallTime(iso) {
  const hour = Number(iso.slice(11, 13));
  return `${hour % 12 || 12}:${iso.slice(14, 16)} ${hour < 12 ? "am" : "pm"}`;
}

function sayAnswer({ result, greeting, sessions: [first] }) {
  if (result === "refused") return say(greeting, "is-doubt");
  const where = first.room ? `${first.room}, ${wallTime(first.start)}` : "";
  const since = `Checked in at ${wallTime(first.arrived)}`;
  return say(greeting, "is-good", result === "checked_in" ? where : [where, since].filter(Boolean).join(" · "));
}

async function sendAndShow(sending) {
  saidAt = Date.now();
  const sent = await sending;
  isConnected = sent.isConnected;
  if (!isSetUp() && !pad.hidden) {
    becomeNeutral();
    clearTimeout(idle);
    say(SHUT_OUT, "is-bad", ASK_FOR_A_CODE);
  }
  showLine();
  return sent.answers;
}

function tryAgain() {
  const isDue = kept().length > 0 || Date.now() - saidAt > SAY_SOMETHING_AFTER;
  if (isSetUp() && isDue && !isWaiting) sendAndShow(sendKept(url));
}

// Where too many PINs were wrong the server looks at the next one a moment later: it is sent again
// by itself, unless somebody else has begun by then. It stays kept in any case.
async function answerTo(tap, mine) {
  const [answer] = await sendAndShow(send(url, [tap]));
  if (!answer?.retry_after || mine !== turn) return answer;
  const seconds = `${answer.retry_after} ${answer.retry_after === 1 ? "second" : "seconds"}`;
  say(ONE_MOMENT, "", `It takes ${seconds}.`);
  await new Promise((done) => setTimeout(done, answer.retry_after * SECOND));
  return mine === turn ? answerTo(tap, mine) : undefined;
}

async function enter() {
  if (digits === "") return undefined; // OK once more: what is said stays
  if (digits.length < SHORTEST) {
    becomeNeutralIn(NEUTRAL_AFTER);
    return say(TOO_SHORT);
  }
  const tap = keep(digits);
  becomeNeutral();
  clearTimeout(idle);
  say(ONE_MOMENT);
  const mine = turn;
  isWaiting = true;
  const answer = await answerTo(tap, mine);
  if (mine !== turn) return undefined;
  isWaiting = false;
  becomeNeutralIn(NEUTRAL_AFTER);
  return answer ? sayAnswer(answer) : say(KEPT, "is-doubt", WILL_BE_SENT);
}

function type(digit) {
  if (digits === "") becomeNeutral();
  if (digits.length < LONGEST) digits += digit;
  else say(TOO_LONG, "is-doubt");
  showDigits();
  becomeNeutralIn(FORGET_DIGITS_AFTER);
}

function takeBack() {
  if (digits.length === LONGEST) say(WELCOME); // it was too long, and is no longer
  digits = digits.slice(0, -1);
  showDigits();
}

// Nobody's answer is wiped away by a key that means nothing.
function refuseKey() {
  if (isWaiting || part("message").classList.contains("is-good")) return;
  say(ONLY_DIGITS, "is-doubt");
  becomeNeutralIn(digits ? FORGET_DIGITS_AFTER : NEUTRAL_AFTER);
}

function press({ target }) {
  const button = target.closest("button");
  if (button === part("enter")) enter();
  else if (button === part("clear")) becomeNeutral();
  else if (button === part("back")) takeBack();
  else if (button) type(button.dataset.digit);
}

function pressKey(event) {
  const { key, target } = event;
  const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
  if (pad.hidden || isShortcut) return;
  if (/^[0-9]$/.test(key)) type(key);
  else if (key === "Escape") becomeNeutral();
  else if (key === "Backspace") takeBack();
  else if (key === "Enter" && !target.closest("button")) enter();
  else if (key.length === 1 && key !== " ") refuseKey();
}

// The field of what was wrong says so, until something else is typed.
function refuseField(field, sentence, how) {
  say(sentence, "is-bad", how);
  field.ariaInvalid = "true";
  field.select();
  field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
}

async function startUp(event) {
  event.preventDefault();
  setUp(keyField.value.trim());
  keyField.value = "";
  becomeNeutral();
  await sendAndShow(sendKept(url)); // even if nothing is kept: a wrong key is refused at once
  if (isSetUp()) return;
  refuseField(keyField, WRONG_KEY, KEY_AGAIN);
}

async function startUpByCode(event) {
  event.preventDefault();
  say(ONE_MOMENT);
  const whyNot = await pair(setup.dataset.url, codeField.value).catch(() => NOT_REACHED);
  if (whyNot) {
    const [what, ...how] = whyNot.split(/(?<=\.) /);
    return refuseField(codeField, what, how.join(" "));
  }
  codeField.value = "";
  becomeNeutral();
  return sendAndShow(sendKept(url));
}

// The square on the page of a code leads here with the code behind a #, which no server sees.
function takeCode() {
  const code = location.hash.slice(1);
  if (code === "") return;
  history.replaceState(null, "", location.pathname);
  if (isSetUp()) return say(SET_UP_ALREADY, "is-doubt", REVOKE_FIRST);
  codeField.value = code;
  return codeField.focus();
}

function setConnected(value) {
  isConnected = value;
  showLine();
  if (value) tryAgain();
}

pad.addEventListener("click", press);
// A button that was clicked takes no focus: Enter would press it again instead of OK.
pad.addEventListener("mousedown", (event) => event.preventDefault());
part("key").addEventListener("submit", startUp);
part("pairing").addEventListener("submit", startUpByCode);
addEventListener("hashchange", takeCode);
addEventListener("keydown", pressKey);
addEventListener("online", () => setConnected(true));
addEventListener("offline", () => setConnected(false));
setInterval(tryAgain, TRY_AGAIN_AFTER);
setInterval(showTime, SECOND);
showTime();
becomeNeutral();
showLine();
takeCode();
tryAgain();
