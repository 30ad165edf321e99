// The kiosk's keypad: digits, one answer, and neutral again.

import {
  drop, isLasting, isSetUp, keep, kind, lookUp, pair, recall, rightNow, send, sendKept, setUp,
  start, waiting, zone,
} from "./kiosk_queue.js";
import * as sound from "./kiosk_sound.js";

const LONGEST = 10;
const SHORTEST = 4;
const SECOND = 1000;
const NEUTRAL_AFTER = 8 * SECOND;
const FORGET_DIGITS_AFTER = 30 * SECOND;
const TRY_AGAIN_AFTER = 15 * SECOND;
const SAY_SOMETHING_AFTER = 60 * SECOND; // so that staff see that this kiosk is there
const LOOK_FOR_NEWER_AFTER = 3600 * SECOND;
// For so long a person waits for an answer while their check-in is kept anyway.
const PATIENCE = 4 * SECOND;
const PATIENCE_WITHOUT_A_LINE = SECOND;

const WELCOME = "Please enter your PIN.";
const TOO_SHORT = `A PIN has at least ${SHORTEST} digits.`;
const TOO_LONG = `A PIN has at most ${LONGEST} digits.`;
const ONLY_DIGITS = "A PIN has digits only.";
const ONE_MOMENT = "One moment…";
const NOT_CONNECTED = "Not connected.";
const KEPT = "Your check-in is kept.";
const WILL_BE_SENT = "It will be sent when the line is back.";
const SEE_FRONT_DESK = "Please see the front desk.";
const ONLY_CONNECTED = "Check-ins are taken only while there is a connection.";
const NOT_SECURE = `This address is not secure (no https). ${ONLY_CONNECTED}`;
const STORES_NOTHING = `This browser stores nothing. ${ONLY_CONNECTED}`;
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
let isNeutral = true; // nobody stands here, as far as one can tell
let isOutdated = false; // a newer version of this page has come, for when nobody stands here
let lookedForNewerAt = -Infinity;
let isMuted = false;
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

function lineWords(number) {
  const are = number === 1 ? "1 check-in is" : `${number} check-ins are`;
  const what = number === 0 ? "" : ` ${are} kept and will be sent.`;
  if (!isLasting()) return isSecureContext ? STORES_NOTHING : NOT_SECURE;
  return isConnected && isSetUp() ? "" : (isConnected ? "" : NOT_CONNECTED) + what;
}

async function showLine() {
  part("line").textContent = lineWords(await waiting()) || "\u00a0";
}

function play(melody) {
  if (!isMuted) melody();
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
  isNeutral = true;
  digits = "";
  showDigits();
  pad.hidden = !isSetUp();
  setup.hidden = isSetUp();
  say(isSetUp() ? WELCOME : NOT_SET_UP);
}

// Between two people, so that nobody's digits or answer are taken away.
function renew() {
  if (isOutdated && isNeutral && isSetUp()) location.reload();
}

async function lookForNewer() {
  const worker = navigator.serviceWorker; // none on an address that is not secure
  if (!worker || Date.now() - lookedForNewerAt < LOOK_FOR_NEWER_AFTER) return;
  lookedForNewerAt = Date.now();
  const how = { scope: pad.dataset.page, updateViaCache: "none" };
  try {
    await (await worker.register(pad.dataset.worker, how)).update();
  } catch {
    lookedForNewerAt = -Infinity; // the line was gone again
  }
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
  if (result === "refused") {
    play(sound.attention);
    return say(greeting, "is-doubt");
  }
  play(result === "checked_in" ? sound.done : sound.again);
  const where = first.room ? `${first.room}, ${wallTime(first.start)}` : "";
  const since = `Checked in at ${wallTime(first.arrived)}`;
  return say(greeting, "is-good", result === "checked_in" ? where : [where, since].filter(Boolean).join(" · "));
}

function sayKept(entry) {
  entry.isSaid = true;
  becomeNeutralIn(NEUTRAL_AFTER);
  say(KEPT, "is-doubt", WILL_BE_SENT);
  play(sound.again);
}

function sayUnanswered(entry) {
  if (entry.isKept) return entry.isSaid || sayKept(entry);
  becomeNeutralIn(NEUTRAL_AFTER);
  say(NOT_CONNECTED, "is-bad", SEE_FRONT_DESK);
  return play(sound.attention);
}

async function sendAndShow(sending) {
  saidAt = Date.now();
  const sent = await sending;
  isConnected = sent.isConnected;
  if (isConnected && isSetUp()) lookForNewer();
  if (kind() === "search" && isSetUp()) location.replace(pad.dataset.search);
  if (kind() === "room" && isSetUp()) location.replace(pad.dataset.room);
  if (!isSetUp() && !pad.hidden) {
    becomeNeutral();
    clearTimeout(idle);
    say(SHUT_OUT, "is-bad", ASK_FOR_A_CODE);
  }
  await showLine();
  return sent.answers;
}

async function tryAgain() {
  if (!isSetUp()) await lookUp();
  if (!isSetUp() || isWaiting) return;
  if (pad.hidden) becomeNeutral(); // in another window of this browser
  renew();
  const isDue = (await waiting()) > 0 || Date.now() - saidAt > SAY_SOMETHING_AFTER;
  if (isDue && !isWaiting) await sendAndShow(sendKept(url));
}

// A tablet that goes to sleep takes no taps.
function stayAwake() {
  navigator.wakeLock?.request("screen").catch(() => {}); // it is saving its battery
}

// Where too many PINs were wrong the server looks at the next one a moment later: it is sent again
// by itself, unless somebody else has begun by then. It stays kept in any case.
async function answerTo(entry, mine) {
  const patience = isConnected ? PATIENCE : PATIENCE_WITHOUT_A_LINE;
  const soon = setTimeout(() => entry.isKept && mine === turn && sayKept(entry), patience);
  const [answer] = await sendAndShow(send(url, [entry.tap]));
  clearTimeout(soon);
  if (!answer?.retry_after || mine !== turn) return answer;
  const seconds = `${answer.retry_after} ${answer.retry_after === 1 ? "second" : "seconds"}`;
  say(ONE_MOMENT, "", `It takes ${seconds}.`);
  await new Promise((done) => setTimeout(done, answer.retry_after * SECOND));
  return mine === turn ? answerTo(entry, mine) : undefined;
}

async function enter() {
  if (digits === "") return undefined; // OK once more: what is said stays
  if (digits.length < SHORTEST) {
    digits = ""; // else the next person's come behind them
    showDigits();
    becomeNeutralIn(NEUTRAL_AFTER);
    return say(TOO_SHORT);
  }
  const pin = digits;
  becomeNeutral();
  clearTimeout(idle);
  say(ONE_MOMENT);
  const mine = turn;
  isWaiting = true;
  isNeutral = false;
  const entry = await keep(pin);
  const answer = await answerTo(entry, mine);
  if (!answer && !entry.isKept) drop(entry.tap);
  if (mine !== turn) return undefined;
  isWaiting = false;
  if (!answer) return sayUnanswered(entry);
  becomeNeutralIn(NEUTRAL_AFTER);
  return sayAnswer(answer);
}

function type(digit) {
  if (digits === "") becomeNeutral();
  isNeutral = false;
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
  await setUp(keyField.value.trim());
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
addEventListener("visibilitychange", stayAwake); // it is given up when the page is out of sight
addEventListener("pagehide", becomeNeutral); // the way back leads to nobody's answer
addEventListener("online", () => setConnected(true));
addEventListener("offline", () => setConnected(false));
for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, sound.wake);
if (navigator.serviceWorker?.controller) {
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    isOutdated = true;
    renew();
  });
}

start().then(async () => {
  addEventListener("hashchange", takeCode);
  addEventListener("keydown", pressKey);
  isMuted = (await recall("muted")) ?? false;
  isConnected = navigator.onLine;
  setInterval(tryAgain, TRY_AGAIN_AFTER);
  setInterval(showTime, SECOND);
  showTime();
  becomeNeutral();
  showLine();
  takeCode();
  tryAgain();
  stayAwake();
});
