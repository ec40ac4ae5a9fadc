// Starts the page: fetches the engine with a progress bar, checks its integrity hash, and runs it. Reports errors with a
// message. Then registers the service worker for offline use.
//
// tools/page.mjs writes the names, the size and the integrity hash to the attributes of this script's element.
const { module, bytes, integrity, script, scriptIntegrity, version } = document.querySelector('script[data-module]').dataset;
// recover.js reads this.
document.documentElement.dataset.runs = '';
const RELOAD = 'Reload the page';
const LATER = 'Reload in a minute; if that does not help, clear what the browser keeps of this site.';

/** An error, with the action that a visitor can take. */
class Problem extends Error {
  constructor(message, advice) {
    super(message);
    this.advice = advice;
  }
}

/** Reads the body of a response and updates the progress bar. */
async function received(response) {
  // Not `Content-Length`, which is the compressed length; `length` is the decompressed one.
  const bar = document.getElementById('progress');
  const parts = [];
  let length = 0;
  // Each step is painted, which delays the work, so only a few per second.
  const steps = setInterval(() => {
    if (bar) bar.value = Math.min(1, length / bytes);
  }, 100);
  try {
    const reader = response.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      length += next.value.length;
    }
  } finally {
    clearInterval(steps);
  }
  return new Blob(parts).arrayBuffer();
}

async function isIntact(body) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-384', body));
  return integrity === `sha384-${btoa(String.fromCharCode(...digest))}`;
}

/**
 * Waits until the first frame of the page is rendered and shown: fetching, compiling and running the engine would delay
 * it. A tab in the background, which is never painted, does not wait.
 */
const isHidden = document.visibilityState === 'hidden';
const within = (most, wait) => new Promise((done) => isHidden ? done() : (setTimeout(done, most), wait(done)));
const made = within(100, (done) => requestAnimationFrame(() => setTimeout(done)));
const shown = within(300, (done) => {
  try {
    new PerformanceObserver(done).observe({ type: 'paint', buffered: true });
  } catch {
    done();
  }
});

/**
 * Runs an action on the page's files from the browser's cache and, if that fails, again without the cache, which may hold
 * an error or half a file from an unfinished deployment.
 */
const twice = (act) => act('default').catch(() => act('reload'));

/** Loads a script of the page with its integrity hash. */
function loaded(address) {
  return new Promise((onload, onerror) => {
    const element = document.createElement('script');
    document.head.append(Object.assign(element, { type: 'module', src: address, integrity: scriptIntegrity, onload, onerror }));
  });
}

/** The glue script of the engine. `import` alone checks no hash; a script element does, and `import` then uses its file. */
async function caller() {
  try {
    return await twice(async (cache) => {
      let address = script;
      if (cache === 'reload') {
        const response = await fetch(script, { cache, integrity: scriptIntegrity });
        if (!response.ok) throw new Error(`${response.status}`);
        // A document remembers that a script failed; another URL loads it again.
        address += '?again';
      }
      await loaded(address);
      return import(address);
    });
  } catch {
    throw new Problem(
      `${script} did not arrive, or is not the file that this page was built with.`,
      `A new version may just be being published. ${LATER}`,
    );
  }
}

/** The compiled engine. */
async function engine() {
  if (typeof WebAssembly !== 'object' || !WebAssembly.compileStreaming) {
    throw new Problem(
      'This browser does not run WebAssembly here.',
      'It is too old, or WebAssembly is switched off (a lockdown mode, a policy, an extension). Open the page in a current Firefox, Chrome, Edge or Safari, or allow WebAssembly for it.',
    );
  }
  return twice(fetched);
}

async function fetched(cache) {
  // With `integrity`, `fetch` delivers nothing before the whole file has arrived, so there would be no progress; the hash
  // is compared here instead. An insecure connection has no cryptography for that, and uses `integrity`.
  const isOurs = Boolean(globalThis.crypto?.subtle);
  const response = await fetch(module, isOurs ? { cache } : { cache, integrity });
  if (!response.ok) {
    throw new Problem(
      `The server answered ${response.status} for ${module}.`,
      'If a new version is just being published, reload in a minute. Otherwise a file is missing on the server: all of dist/ belongs there.',
    );
  }
  await shown;
  // Compiled while it arrives, and used only if the hash matches. A wrong content type of the server is accepted.
  const compiled = WebAssembly.compileStreaming(response.clone()).catch(() => undefined);
  const body = await received(response);
  if (isOurs && !(await isIntact(body))) {
    throw new Problem(
      `${module} is not the file that this page was built with.`,
      `It was changed or cut short on its way, or a new version is just being published. ${LATER}`,
    );
  }
  return (await compiled) ?? WebAssembly.compile(body);
}

async function start() {
  try {
    await made;
    const [compiled, { default: init }] = await Promise.all([engine(), caller()]);
    const wasm = await init({ module_or_path: compiled });
    dispatchEvent(new CustomEvent('TrunkApplicationStarted', { detail: { wasm } }));
  } catch (error) {
    console.error(error);
    tell(error);
  }
}

/** Shows an error instead of the progress bar or, if the page is already rendered, instead of the page. */
function tell(error) {
  const advice =
    error.advice ??
    (navigator.onLine === false
      ? 'There is no connection. Reload when there is one.'
      : 'Check the connection and reload. If it stays so, open the page in another browser, or clear what this one keeps of this site.');
  const place = document.getElementById('start') ?? document.getElementById('app');
  const part = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });
  const button = Object.assign(part('button', RELOAD), { type: 'button', onclick: () => location.reload() });
  const alert = document.createElement('div');
  alert.className = 'note';
  alert.setAttribute('role', 'alert');
  alert.append(part('h2', 'Mesh Playground cannot start'), part('p', error.message ?? `${error}`), part('p', advice), button);
  place.replaceChildren(alert);
}

/** Asks a service worker for its version. */
function versionOf(worker) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((done) => {
    port1.onmessage = ({ data }) => done(data);
    worker.postMessage('version', [port2]);
  });
}

/** Registers the service worker, which caches the page, and notifies the page of a new version (src/ui/offline.rs). */
async function keep() {
  // An embedded page stores nothing; src/embed.rs reads the same parameter.
  if (['', '1'].includes(new URLSearchParams(location.search).getAll('embed').at(-1))) return;
  let container;
  try {
    container = navigator.serviceWorker;
  } catch {
    // In a sandboxed frame, even the access throws.
  }
  if (!container) return;
  if (!version) {
    // `make serve`: a worker of an earlier build would serve old files to the developer.
    const left = await container.getRegistration();
    return left?.unregister();
  }
  const registration = await container.register('./sw.js', { updateViaCache: 'none' });
  let isReloading = false;
  const announce = () => {
    document.documentElement.dataset.update = 'ready';
    dispatchEvent(new Event('mesh-playground-update'));
  };
  const look = async () => {
    const { active, waiting } = registration;
    if (!active || !waiting) return;
    // The page comes from the network if possible: it may already be the new version, with only its worker waiting.
    if ((await versionOf(waiting)) === version) waiting.postMessage('take over if alone');
    else announce();
  };
  const follow = (worker) =>
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed') look();
    });
  registration.addEventListener('updatefound', () => follow(registration.installing));
  follow(registration.installing);
  container.addEventListener('controllerchange', async () => {
    if (isReloading) location.reload();
    // Another tab has activated the new version.
    else if (container.controller && (await versionOf(container.controller)) !== version) announce();
  });
  addEventListener('mesh-playground-reload', () => {
    isReloading = true;
    if (registration.waiting) registration.waiting.postMessage('take over');
    else location.reload();
  });
  // A tab can stay open for days.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') registration.update().catch(() => {});
  });
  container.controller?.postMessage('clean up');
  await look();
}

await start();
// The page works without a worker, which private windows refuse, for example.
keep().catch(() => {});
