// What a kiosk keeps and sends. A tap is kept on this device, sealed, from the moment it is made
// until the answer to it has come, and sent under the same id as often as that takes.

import * as vault from "./kiosk_vault.js";

const KEY = "key";
const ZONE = "zone";
const KIND = "kind";
const AHEAD = "ahead";
const AT_ONCE = 100;
const GIVE_UP_AFTER = 8000;
const CLOCK_MAY_BE_OFF = 60; // seconds
const SAME_READING = 30;
const READINGS_MORE = 2; // with which the server takes it that a clock is set wrong, and stays so

let key;
let zoneHere;
let ahead = 0; // by how many seconds this device's clock goes before the server's
let toConfirm = 0;
let kindHere;

export const isSetUp = () => key !== undefined;
export const isLasting = vault.isLasting;

const isOff = () => Math.abs(ahead) >= CLOCK_MAY_BE_OFF;

export const rightNow = () => new Date(Date.now() - (isOff() ? ahead * 1000 : 0));
export const zone = () => zoneHere;
export const kind = () => kindHere; // what it was paired for, once the server has said so

// What earlier versions kept for everybody to read.
const PLAIN = "kiosk-";
const PLAIN_TAP = "kiosk-tap-";
let plain;
try {
  plain = localStorage;
} catch {
  plain = undefined; // a browser that may store nothing
}

async function sealPlain() {
  for (const name of Object.keys(plain ?? {}).filter((each) => each.startsWith(PLAIN))) {
    const value = plain.getItem(name);
    if (name.startsWith(PLAIN_TAP)) {
      const { id, pin, at } = JSON.parse(value);
      if (!(await vault.put("taps", id, { pin, at }))) continue; // it goes when it is sent
    } else await vault.put("facts", name.slice(PLAIN.length), value);
    plain.removeItem(name);
  }
}

export const recall = async (name) => (await vault.all("facts")).get(name);
export const remember = (name, value) => vault.put("facts", name, value);

export async function start() {
  await vault.open();
  await sealPlain();
  await lookUp();
}

// Another window may have been set up meanwhile.
export async function lookUp() {
  const facts = await vault.all("facts");
  key ??= facts.get(KEY);
  zoneHere = facts.get(ZONE);
  kindHere = facts.get(KIND);
  ahead = facts.get(AHEAD) ?? 0;
}

export async function setUp(theirs) {
  key = theirs;
  await remember(KEY, key);
  navigator.storage?.persist?.(); // what is kept here is not to make room for anything
}

async function shutOut(theirs) {
  if (key !== theirs) return; // it was set up anew before the answer came
  key = undefined;
  await vault.drop("facts", KEY);
}

// A tablet fresh from its box goes by another zone, and one that was flat by another day. The times
// of taps, and of their being sent, are by the device's own clock all the same: the server measures
// the one by the other, and puts the taps right. What it has found is shown here.
async function setClock(headers) {
  const reading = Number(headers.get("Clock-Offset") ?? ahead);
  if (Math.abs(reading - ahead) > SAME_READING) {
    ahead = reading;
    toConfirm = isOff() ? READINGS_MORE : 0;
    await remember(AHEAD, ahead);
  }
  const theirs = headers.get("Clock-Zone") ?? zoneHere;
  if (theirs === zoneHere) return;
  zoneHere = theirs;
  await remember(ZONE, zoneHere);
}

async function setKind(theirs) {
  if (theirs === kindHere) return;
  kindHere = theirs;
  await remember(KIND, kindHere);
}

export const waiting = () => vault.count("taps");

async function kept() {
  const taps = Array.from(await vault.all("taps"), ([id, tap]) => ({ id, ...tap }));
  return taps.sort((one, other) => (one.at ?? "").localeCompare(other.at ?? ""));
}

// `isKept`: it outlives this page and this browser. If it does not, it is worth no more than its
// first answer.
export async function keep(pin) {
  const tap = { id: newId(), pin, at: new Date().toISOString() };
  const isKept = await vault.put("taps", tap.id, { pin: tap.pin, at: tap.at });
  return { tap, isKept };
}

export async function drop({ id }) {
  plain?.removeItem(PLAIN_TAP + id);
  await vault.drop("taps", id);
}

// Not crypto.randomUUID: plain http elsewhere than on this machine does without it.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function post(url, content, headers = {}) {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(content),
    credentials: "omit",
    signal: AbortSignal.timeout(GIVE_UP_AFTER),
  });
}

// As this kiosk. Whoever is told 401 is one no more.
export async function ask(url, content) {
  const mine = key;
  const response = await post(url, content, { Authorization: `Bearer ${mine}` });
  if (response.status === 401 && response.headers.has("WWW-Authenticate")) await shutOut(mine);
  return response;
}

// One that says when to ask again is none yet.
const isAnswer = (answer, tap) => answer.id === tap.id && !answer.retry_after;

// The answers, in order; none where the server was not reached or knows this kiosk no longer.
export async function send(url, taps) {
  try {
    const left = Math.max(0, (await waiting()) - taps.length);
    const sentAt = new Date().toISOString();
    const response = await ask(url, { check_ins: taps, sent_at: sentAt, waiting: left });
    await setClock(response.headers);
    await setKind(response.headers.get("Kiosk-Kind") ?? kindHere);
    if (!response.ok) return { isConnected: response.status < 500, answers: [] };
    const answers = (await response.json()).results;
    await Promise.all(taps.filter((tap, place) => isAnswer(answers[place], tap)).map(drop));
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
  const taps = await kept();
  const sent = await send(url, taps.slice(0, AT_ONCE));
  const left = await waiting();
  if (left > 0 && left < taps.length) return sendAll(url);
  if (toConfirm === 0 || !sent.isConnected) return sent;
  toConfirm -= 1;
  return sendAll(url);
}

// Get the key of a kiosk for a code; the sentence that says why there is none, if there is none.
export async function pair(url, code) {
  const response = await post(url, { code });
  const { key: theirs, error } = await response.json();
  if (theirs) await setUp(theirs);
  return error;
}
