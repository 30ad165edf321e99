// What a kiosk remembers, sealed with a key that no script can read out, itself included. Nothing
// that lies on the tablet says who came or when, with what PIN, or by what key it is let in.
// A browser has such keys on secure addresses only (https, or this machine itself). Elsewhere, and
// where it stores nothing, all is remembered until the page is left, and `isLasting()` says so.

const NAME = "kiosk";
const KEYS = "keys";
const STORES = [KEYS, "facts", "taps"];
const BLOCK = 128; // bytes: how long it is does not tell how long a PIN is

const unsaved = Object.fromEntries(STORES.map((store) => [store, new Map()]));
let base;
let key;

export const isLasting = () => key !== undefined;

const reopen = () => {
  base = undefined;
};

function openBase() {
  return new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store, { keyPath: "name" });
    };
    request.onerror = () => fail(request.error);
    request.onsuccess = () => {
      request.result.onclose = reopen; // a browser may close it of its own accord
      done(request.result);
    };
  });
}

// The answer of what is asked of a store, once it has come to the disk.
async function ask(store, mode, what) {
  const open = await (base ??= openBase());
  return new Promise((done, fail) => {
    const work = open.transaction(store, mode, { durability: "strict" });
    const request = what(work.objectStore(store));
    work.oncomplete = () => done(request.result);
    work.onabort = () => fail(work.error);
  });
}

// Of two windows that make a key at the same moment one keeps it, and both use it.
async function ownKey() {
  const mine = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt", "decrypt",
  ]);
  await ask(KEYS, "readwrite", (keys) => keys.add({ name: NAME, key: mine })).catch(() => {});
  return (await ask(KEYS, "readonly", (keys) => keys.get(NAME))).key;
}

export async function open() {
  if (!(crypto.subtle && globalThis.indexedDB)) return;
  try {
    key = await ownKey();
  } catch {
    key = undefined; // nothing is stored here: a private window, or a disk that is full
  }
}

const bytes = (text) => new TextEncoder().encode(text);
const method = (iv, name) => ({ name: "AES-GCM", iv, additionalData: bytes(name) });

async function seal(name, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = JSON.stringify(value);
  const content = bytes(text.padEnd(Math.ceil(text.length / BLOCK) * BLOCK));
  return { name, iv, sealed: await crypto.subtle.encrypt(method(iv, name), key, content) };
}

// Nothing, where it was sealed with another key.
async function unseal({ name, iv, sealed }) {
  try {
    const content = await crypto.subtle.decrypt(method(iv, name), key, sealed);
    return [name, JSON.parse(new TextDecoder().decode(content))];
  } catch {
    return [name, undefined];
  }
}

// Whether it is there also after a power cut.
export async function put(store, name, value) {
  try {
    const entry = await seal(name, value);
    await ask(store, "readwrite", (entries) => entries.put(entry));
    unsaved[store].delete(name);
    return true;
  } catch {
    unsaved[store].set(name, value);
    return false;
  }
}

export async function drop(store, name) {
  unsaved[store].delete(name);
  if (isLasting()) await ask(store, "readwrite", (entries) => entries.delete(name)).catch(() => {});
}

export async function all(store) {
  const stored = isLasting()
    ? await ask(store, "readonly", (entries) => entries.getAll()).catch(() => []) : [];
  return new Map([...(await Promise.all(stored.map(unseal))), ...unsaved[store]]);
}

export async function count(store) {
  const stored = isLasting()
    ? await ask(store, "readonly", (entries) => entries.count()).catch(() => 0) : 0;
  return stored + unsaved[store].size;
}
