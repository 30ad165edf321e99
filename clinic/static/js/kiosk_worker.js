// Lets the kiosk open without a line. `CACHE` and `SHELL` stand before this script: under what name,
// and which addresses the page of a kiosk consists of. Those alone are kept, all of one version,
// asked for without cookies; nothing else that goes over the line is looked at.

async function fetchShell() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.map((address) => new Request(address, {
    cache: "reload", credentials: "omit",
  })));
  await skipWaiting();
}

async function takeOver() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await clients.claim();
}

async function answer(request, path) {
  const kept = await caches.match(path, { cacheName: CACHE, ignoreVary: true });
  return kept ?? fetch(request);
}

addEventListener("install", (event) => event.waitUntil(fetchShell()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  const isOurs = request.method === "GET" && SHELL.includes(pathname);
  if (isOurs) event.respondWith(answer(request, pathname));
});
