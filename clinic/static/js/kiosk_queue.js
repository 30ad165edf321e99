// What a kiosk keeps and sends. A tap is kept on this device, PIN and all, from the moment it is
// made until the answer to it has come, and sent under the same id as often as that takes.

const KEY = "kiosk-key";
const TAP = "kiosk-tap-"; // an entry for each tap, so that two windows never overwrite one another
const ZONE = "kiosk-zone";
const AT_ONCE = 100;
const GIVE_UP_AFTER = 8000;

const CLOCK_MAY_BE_OFF = 60_000;

let ahead = 0; // by how much the server's clock goes before this device's, where that is wrong
const unsaved = new Map(); // where the browser refuses to store: better than nothing

export const isSetUp = () => localStorage.getItem(KEY) !== null;
export const setUp = (key) => localStorage.setItem(KEY, key);

export const rightNow = () => new Date(Date.now() + ahead);
export const zone = () => localStorage.getItem(ZONE) ?? undefined;

// A tablet fresh from its box goes by another zone, and one that was flat by another day. With the
// answer to a word that brings no taps the server says by which clock this door goes.
function setClock(headers) {
  if (!headers.has("Clock-Zone")) return;
  const off = Date.parse(headers.get("Clock-Time")) - Date.now();
  ahead = Math.abs(off) > CLOCK_MAY_BE_OFF ? off : 0;
  localStorage.setItem(ZONE, headers.get("Clock-Zone"));
}

export function kept() {
  const stored = Object.keys(localStorage).filter((name) => name.startsWith(TAP));
  const taps = stored.map((name) => JSON.parse(localStorage.getItem(name)));
  return [...taps, ...unsaved.values()].sort((one, other) => one.at.localeCompare(other.at));
}

export function keep(pin) {
  const tap = { id: newId(), pin, at: rightNow().toISOString() };
  try {
    localStorage.setItem(TAP + tap.id, JSON.stringify(tap));
  } catch {
    unsaved.set(tap.id, tap);
  }
  return tap;
}

function drop(tap) {
  unsaved.delete(tap.id);
  localStorage.removeItem(TAP + tap.id);
}

// Not crypto.randomUUID: plain http elsewhere than on this machine does without it.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function post(url, taps) {
  return fetch(url, {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${localStorage.getItem(KEY)}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({
      check_ins: taps,
      sent_at: rightNow().toISOString(),
      waiting: kept().length - taps.length,
    }),
    credentials: "omit",
    signal: AbortSignal.timeout(GIVE_UP_AFTER),
  });
}

// One that says when to ask again is none yet.
const isAnswer = (answer, tap) => answer.id === tap.id && !answer.retry_after;

// The answers, in order; none where the server was not reached or knows this kiosk no longer.
export async function send(url, taps) {
  try {
    const response = await post(url, taps);
    setClock(response.headers);
    if (response.status === 401) localStorage.removeItem(KEY);
    if (!response.ok) return { isConnected: response.status < 500, answers: [] };
    const answers = (await response.json()).results;
    answers.forEach((answer, place) => isAnswer(answer, taps[place]) && drop(taps[place]));
    return { isConnected: true, answers };
  } catch {
    return { isConnected: false, answers: [] };
  }
}

let underWay; // one at a time: the line may come back just when it is tried again

export function sendKept(url) {
  underWay ??= sendAll(url).finally(() => {
    underWay = undefined;
  });
  return underWay;
}

async function sendAll(url) {
  const waiting = kept();
  const sent = await send(url, waiting.slice(0, AT_ONCE));
  const left = kept().length;
  return left > 0 && left < waiting.length ? sendAll(url) : sent;
}

// Get the key of a kiosk for a code; the sentence that says why there is none, if there is none.
export async function pair(url, code) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
    credentials: "omit",
    signal: AbortSignal.timeout(GIVE_UP_AFTER),
  });
  const { key, error } = await response.json();
  if (key) setUp(key);
  return error;
}
