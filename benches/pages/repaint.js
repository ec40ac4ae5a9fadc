// A hand-written page that repaints precomputed changes: it finds every attribute and text that differs between two
// drawings of the engine's page in advance, and a click writes only these. No page that shows the same could do less.

/** Adds the differences between two elements to `found`: [path of child indices, change to write there]. */
function differences(before, after, path, found) {
  if (before.nodeType !== after.nodeType || before.nodeName !== after.nodeName || before.childNodes.length !== after.childNodes.length) {
    found.push([path, { element: after }]);
    return;
  }
  if (before.nodeType === Node.TEXT_NODE) {
    if (before.data !== after.data) found.push([path, { text: after.data }]);
    return;
  }
  for (const { name, value } of after.attributes ?? []) {
    if (before.getAttribute(name) !== value) found.push([path, { name, value }]);
  }
  for (const { name } of before.attributes ?? []) {
    if (!after.hasAttribute(name)) found.push([path, { name, value: null }]);
  }
  before.childNodes.forEach((child, index) => differences(child, after.childNodes[index], [...path, index], found));
}

export class Repaint {
  /** Takes two drawings as HTML and shows the first. `left` is the selector of elements that are never repainted. */
  constructor(root, drawings, left) {
    const trees = drawings.map((html) => {
      const tree = document.createElement('div');
      tree.innerHTML = html;
      return tree;
    });
    root.innerHTML = drawings[0];
    const at = (tree, path) => path.reduce((node, index) => node.childNodes[index], tree);
    const isLeft = (tree, path) => path.some((_, end) => at(tree, path.slice(0, end + 1)).matches?.(left));
    // Look up every node once. A node that is replaced as a whole is replaced in both directions, which share an entry.
    const places = new Map();
    const placeOf = (path) => {
      const key = path.join();
      if (!places.has(key)) places.set(key, { node: at(root, path) });
      return places.get(key);
    };
    this.changes = [0, 1].map((to) => {
      const found = [];
      differences(trees[1 - to], trees[to], [], found);
      return found.filter(([path]) => !isLeft(trees[to], path)).map(([path, change]) => ({ place: placeOf(path), ...change }));
    });
  }

  /** Paints one of the two drawings. */
  show(to) {
    for (const { place, element, text, name, value } of this.changes[to]) {
      if (element) {
        const fresh = element.cloneNode(true);
        place.node.replaceWith(fresh);
        place.node = fresh;
      } else if (text !== undefined) place.node.data = text;
      else if (value === null) place.node.removeAttribute(name);
      else place.node.setAttribute(name, value);
    }
  }
}
