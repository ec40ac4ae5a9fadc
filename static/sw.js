// The service worker: after the first visit the page works without a network.
//
// One cache for each version, filled as a whole or not at all, so that a page never runs with files of two versions.
// A new version waits until the visitor lets it in; it takes nothing away from a page that is open. tools/offline.mjs
// fills in what the version has: every file with its integrity hash.
const BUILD = { version: '', files: {} };
const OURS = `mesh-playground ${registration.scope} `;
const CACHE = OURS + BUILD.version;
/** A name with the hash of the content in it: what is kept under it is right for ever. */
const HASHED = /-[0-9a-f]{16}(_bg)?\.\w+$/;
/** How long the network may take to answer for the page, when there is one that is kept. */
const PATIENCE_MS = 4000;

/** A file of this version; never an error, nor a file of another version. */
async function file(name, cache) {
  const response = await fetch(name, { integrity: BUILD.files[name], cache });
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response;
}

/** Keeps a file, fetched anew but for those whose name has their hash; these, too, where the browser has an error of them. */
async function keep(cache, name) {
  const mode = HASHED.test(name) ? 'default' : 'no-cache';
  await cache.put(name, await file(name, mode).catch(() => file(name, 'reload')));
}

/** Keeps the page itself. A server may add to it, so it has no hash; but it must be of this version. */
async function keepPage(cache) {
  const response = await fetch('./', { cache: 'no-cache' });
  const text = await response.text();
  if (!response.ok || !text.includes(BUILD.version)) throw new Error('the page is of another version');
  // A response of its own: one that was redirected must not answer a navigation.
  await cache.put('./', new Response(text, { headers: response.headers }));
}

const pages = () => clients.matchAll({ type: 'window', includeUncontrolled: true });

/** Removes what earlier versions kept; not while another page may still need it. */
async function cleanUp() {
  if ((await pages()).length > 1) return;
  const names = await caches.keys();
  // A newer one keeps its own already.
  if (registration.installing || registration.waiting) return;
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

addEventListener('install', (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    try {
      await Promise.all([keepPage(cache), ...Object.keys(BUILD.files).map((name) => keep(cache, name))]);
    } catch (error) {
      await caches.delete(CACHE);
      throw error;
    }
  };
  event.waitUntil(fill());
});

addEventListener('activate', (event) => event.waitUntil(cleanUp().then(() => clients.claim())));

addEventListener('message', (event) => {
  const { data, ports } = event;
  if (data === 'version') ports[0].postMessage(BUILD.version);
  if (data === 'take over') skipWaiting();
  if (data === 'take over if alone') event.waitUntil(pages().then((all) => (all.length > 1 ? undefined : skipWaiting())));
  if (data === 'clean up') event.waitUntil(cleanUp());
});

/** What this version's cache has of a file. `caches.open` would make the cache anew where it was removed. */
const kept = (name) => caches.match(name, { cacheName: CACHE, ignoreVary: true });

/** From the network, or what is kept. */
async function fresh(request, name, patience) {
  const answer = fetch(request, { cache: 'no-cache' });
  const copy = await kept(name);
  if (!copy) return answer;
  const enough = new Promise((done) => setTimeout(done, patience));
  const response = await Promise.race([answer.catch(() => undefined), enough]);
  return response && (response.ok || response.type === 'opaqueredirect') ? response : copy;
}

addEventListener('fetch', (event) => {
  const { request } = event;
  const [address] = request.url.split(/[?#]/);
  if (request.method !== 'GET' || !address.startsWith(registration.scope)) return;
  const name = address.slice(registration.scope.length);
  if (request.mode === 'navigate') {
    if (name === '' || name === 'index.html') event.respondWith(fresh(request, './', PATIENCE_MS));
  } else if (HASHED.test(name)) {
    // Of any version: a page that is open may still ask for what an earlier one had.
    event.respondWith(caches.match(address, { ignoreVary: true }).then((copy) => copy ?? fetch(request)));
  } else if (name in BUILD.files) {
    event.respondWith(fresh(request, name, PATIENCE_MS));
  }
});
