// Checks, once the page has loaded, that its style sheet and its start script did. Fetches once more, past the browser's
// cache, what did not: a half-finished deployment may have left an error there. Says in words what is missing for good.
// Where this script itself is missing, index.html says it: `.unstyled` is hidden by the style sheet, `.late` shows itself.
const address = (element) => element.href || element.src;
const name = (element) => address(element).split('/').pop();

/** Has the server's answer of today in the browser's cache; fails with its status. With `integrity` there would be none. */
const refresh = async (element) => {
  const response = await fetch(address(element), { cache: 'reload' });
  if (!response.ok) throw new Error(`${response.status}`);
  await response.arrayBuffer();
};

/** Loads a failed element's file once more. The query makes it another file to the browser, which remembers failures. */
const load = (element) => new Promise((onload, onerror) => {
  const copy = document.createElement(element.localName);
  for (const { name, value } of element.attributes) copy.setAttribute(name, value);
  copy[element.href ? 'href' : 'src'] = `${address(element)}?again`;
  document.head.append(Object.assign(copy, { onload, onerror }));
});

/** Says what is missing, in the place of `place`. */
const say = (place, words, element, error) => {
  const part = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });
  const why = /^\d+$/.test(error.message)
    ? `The server answered ${error.message} for ${name(element)}.`
    : `${name(element)} did not arrive, or is not the file that this page was built with.`;
  const alert = document.createElement('div');
  alert.className = 'note';
  alert.setAttribute('role', 'alert');
  alert.append(
    part('h2', words),
    part('p', why),
    part('p', 'A new version may just be being published. Reload in a minute; if that does not help, clear the data that the browser keeps of this site. If you run the server: all of dist/ belongs there, unchanged.'),
    Object.assign(part('button', 'Reload the page'), { type: 'button', onclick: () => location.reload() }),
  );
  place.replaceChildren(alert);
};

const recover = async (selector, isLoaded, place, words) => {
  const element = document.querySelector(selector);
  if (isLoaded()) return;
  try {
    await refresh(element);
    await load(element);
    if (!isLoaded()) throw new Error();
  } catch (error) {
    const at = document.querySelector(place);
    if (at) say(at, words, element, error);
  }
};

const check = () => {
  const unstyled = document.querySelector('.unstyled');
  recover('link[rel=stylesheet]', () => getComputedStyle(unstyled).display === 'none', '.unstyled', 'Mesh Playground has no style sheet');
  // start.js says that it runs.
  recover('script[data-module]', () => 'runs' in document.documentElement.dataset, '#start', 'Mesh Playground cannot start');
};
if (document.readyState === 'complete') check();
else addEventListener('load', check);
