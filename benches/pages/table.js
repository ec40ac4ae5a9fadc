// The table of resources, written by hand: rows are cloned from a template, matched by name, and share one event
// listener. It creates the same elements as the page does for the same mesh; tools/bench-ui.mjs compares them.

const template = document.createElement('template');
template.innerHTML =
  '<li><button type="button" class="link"> </button><span class="badge"><span aria-hidden="true"> </span> </span>' +
  '<button type="button" class="quiet">✕</button></li>';
const rowTemplate = template.content.firstChild;

/** Returns the data that the page shows of each node: its name, and the outcome of requests to it. */
export const cellsOf = (root) =>
  [...root.querySelectorAll('details[open] > ul > li')].map((li) => {
    const [name, badge] = li.children;
    return { name: name.textContent, arrives: badge.className === 'badge pass', words: badge.lastChild.data };
  });

export class Table {
  /** `around` is the panel's HTML without rows. */
  constructor(root, around) {
    root.innerHTML = around;
    this.title = root.querySelectorAll('.panel-title')[1];
    this.rows = [];
    this.elements = [];
    this.selected = null;
    this.details = document.createElement('details');
    this.details.open = true;
    this.summary = this.details.appendChild(document.createElement('summary'));
    this.summary.textContent = ' ';
    this.list = this.details.appendChild(document.createElement('ul'));
    this.list.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button?.className === 'link') this.select(button.parentNode);
    });
  }

  row({ name, arrives, words }) {
    const li = rowTemplate.cloneNode(true);
    const link = li.firstChild;
    link.firstChild.data = name;
    this.mark(link.nextSibling, arrives, words);
    li.lastChild.setAttribute('aria-label', `Delete virtual node ${name}`);
    return li;
  }

  mark(badge, arrives, words) {
    badge.className = arrives ? 'badge pass' : 'badge fail';
    badge.firstChild.firstChild.data = arrives ? '✓ ' : '✕ ';
    badge.lastChild.data = words;
  }

  select(li) {
    if (this.selected) {
      this.selected.removeAttribute('class');
      this.selected.firstChild.removeAttribute('aria-current');
    }
    this.selected = li;
    if (li) {
      li.className = 'shown';
      li.firstChild.setAttribute('aria-current', 'true');
    }
  }

  /** Replaces the rows. Both the old and the new ones are sorted by name. */
  show(rows) {
    this.select(null);
    const { rows: before, elements } = this;
    const after = [];
    if (!rows.length) {
      this.details.remove();
      this.list.textContent = '';
    } else if (!before.length || before.at(-1).name < rows[0].name || rows.at(-1).name < before[0].name) {
      // No old row stays.
      const fresh = document.createDocumentFragment();
      for (const row of rows) after.push(fresh.appendChild(this.row(row)));
      this.list.replaceChildren(fresh);
    } else {
      let i = 0;
      for (const row of rows) {
        while (i < before.length && before[i].name < row.name) elements[i++].remove();
        if (i < before.length && before[i].name === row.name) {
          const [old, li] = [before[i], elements[i]];
          i += 1;
          if (old.arrives !== row.arrives || old.words !== row.words) this.mark(li.children[1], row.arrives, row.words);
          after.push(li);
        } else {
          const li = this.row(row);
          this.list.insertBefore(li, elements[i] ?? null);
          after.push(li);
        }
      }
      while (i < before.length) elements[i++].remove();
    }
    this.rows = rows;
    this.elements = after;
    this.summary.firstChild.data = `Virtual nodes (${rows.length})`;
    if (rows.length && !before.length) this.title.after(this.details);
  }
}
