// Starts the page: fetches the engine and shows how far that is, makes sure that it is the one this page was built
// with, and hands over to it. Says in words what went wrong where something did. Then sees to offline use.
//
// tools/page.mjs puts the names, the size and the integrity hash into the attributes of this script's element.
const { module, bytes, integrity, script, scriptIntegrity, version } = document.querySelector('script[data-module]').dataset;
// recover.js looks for this.
document.documentElement.dataset.runs = '';
const RELOAD = 'Reload the page';
const LATER = 'Reload in a minute; if that does not help, clear what the browser keeps of this site.';

/** What went wrong, and what a visitor can do about it. */
class Problem extends Error {
  constructor(message, advice) {
    super(message);
    this.advice = advice;
  }
}

/** The body of a response; the bar follows what has arrived. */
async function received(response) {
  // Not of `Content-Length`: that is the length of what is compressed, and this of what comes out of it.
  const bar = document.getElementById('progress');
  const parts = [];
  let length = 0;
  // Each step is painted, and that takes time from the work: a few in a second will do.
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
 * Waits for the page's first picture: to be made, then to be on the screen. To fetch the engine takes the network and the
 * processor from making it, and to compile and run it takes the processor from showing it. What is never painted, a tab
 * in the background, waits for nothing.
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
 * Does something with the files of the page as the browser has them; where that fails, once more past its cache. A cache
 * may hold an error, or half a file, of a deployment that was not finished then.
 */
const twice = (act) => act('default').catch(() => act('reload'));

/** Loads a script of the page, whose hash is checked. */
function loaded(address) {
  return new Promise((onload, onerror) => {
    const element = document.createElement('script');
    document.head.append(Object.assign(element, { type: 'module', src: address, integrity: scriptIntegrity, onload, onerror }));
  });
}

/** What calls the engine. An `import` alone would take it unchecked; a script of the page is checked, and is then there. */
async function caller() {
  try {
    return await twice(async (cache) => {
      let address = script;
      if (cache === 'reload') {
        const response = await fetch(script, { cache, integrity: scriptIntegrity });
        if (!response.ok) throw new Error(`${response.status}`);
        // A page remembers that a script failed; by another name it loads it once more.
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
  // With `integrity` a browser hands out nothing before it has everything, and there is no progress to show; so the
  // hash is compared here. Only where the connection is not secure there is no cryptography to do that with.
  const isOurs = Boolean(globalThis.crypto?.subtle);
  const response = await fetch(module, isOurs ? { cache } : { cache, integrity });
  if (!response.ok) {
    throw new Problem(
      `The server answered ${response.status} for ${module}.`,
      'If a new version is just being published, reload in a minute. Otherwise a file is missing on the server: all of dist/ belongs there.',
    );
  }
  await shown;
  // Compiled as it arrives, and used only if it is the right one. A server that calls it by another type is forgiven.
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

/** The problem, in the place of the progress or, if the page is drawn already, of the page. */
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

/** Asks a worker which version it brings. */
function versionOf(worker) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((done) => {
    port1.onmessage = ({ data }) => done(data);
    worker.postMessage('version', [port2]);
  });
}

/** Has the page kept for use without a network, and tells it of a new version (src/ui/offline.rs). */
async function keep() {
  // An embedded page stores nothing; src/embed.rs reads the same.
  if (['', '1'].includes(new URLSearchParams(location.search).getAll('embed').at(-1))) return;
  let container;
  try {
    container = navigator.serviceWorker;
  } catch {
    // A sandboxed frame may not even ask.
  }
  if (!container) return;
  if (!version) {
    // `make serve`: what an earlier build left here would stand between the developer and the change just made.
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
    // The page comes from the network when there is one: it may be the new version already, and only its worker waits.
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
    // Another tab has let the new version in.
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
// Without it the page works all the same: private windows, for one, refuse.
keep().catch(() => {});
