// A list of which only what is in sight is drawn, so that it may have a million rows. All rows are equally high. One of them
// is the current one, for keys and for screen readers (aria-activedescendant).
//
//   const rows = new Rows(box, {height: 24, draw: index => element, pick: index => ...});
//   rows.show(count);  rows.go(17);

class Rows {
  static tallest = 8e6;  // px: beyond about 16 million browsers lose count, and one pixel of the scroll bar is several rows

  constructor(box, {height, draw, pick}) {
    Object.assign(this, {box, height, draw, pick, count: 0, at: -1, first: 0, last: 0});
    this.space = element('div', {class: 'space', role: 'presentation'});
    this.sight = element('div', {class: 'sight', role: 'presentation'});
    this.space.append(this.sight);
    box.append(this.space);
    box.addEventListener('scroll', () => this.paint());
    box.addEventListener('keydown', event => this.key(event));
    this.sight.addEventListener('click', event => this.clicked(event));
    new ResizeObserver(() => this.paint()).observe(box);
  }
  get view() { return this.box.clientHeight; }
  get whole() { return this.count * this.height; }
  get scale() {  // rows' pixels for one of the scroll bar
    return this.whole <= Rows.tallest ? 1 : (this.whole - this.view) / (Rows.tallest - this.view);
  }

  show(count, at = this.at) {
    this.count = count;
    this.at = Math.min(at, count - 1);
    this.space.style.height = `${Math.min(this.whole, Rows.tallest)}px`;
    this.paint();
  }

  paint() {
    if (this.printing) return;
    const top = this.box.scrollTop * this.scale;
    this.first = Math.min(Math.floor(top / this.height), Math.max(this.count - 1, 0));
    this.last = Math.min(this.count, this.first + Math.ceil(this.view / this.height) + 2);
    this.sight.style.transform = `translateY(${this.box.scrollTop - top % this.height}px)`;
    this.fill(this.first, this.last);
  }

  fill(first, last) {
    const made = [];
    for (let i = first; i < last; ++i) {
      const line = this.draw(i);
      line.id = `${this.box.id}-${i}`;
      line.index = i;
      line.style.height = `${this.height}px`;
      if (i === this.at) line.classList.add('current');
      made.push(line);
    }
    fillWith(this.sight, made);
    if (this.at >= first && this.at < last) this.box.setAttribute('aria-activedescendant', `${this.box.id}-${this.at}`);
    else this.box.removeAttribute('aria-activedescendant');
  }

  // In sight, and the current one. `middle`: with some of its neighbours.
  go(index, middle = false) {
    if (this.count === 0) return;
    this.at = Math.max(0, Math.min(index, this.count - 1));
    const top = this.at * this.height;
    const shown = this.box.scrollTop * this.scale;
    if (middle && (top < shown || top + this.height > shown + this.view)) this.scrollTo(top - this.view / 2);
    else if (top < shown) this.scrollTo(top);
    else if (top + this.height > shown + this.view) this.scrollTo(top + this.height - this.view);
    this.paint();
  }
  scrollTo(top) { this.box.scrollTop = Math.max(0, top) / this.scale; }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.view / this.height) - 1);
    const to = {ArrowDown: this.at + 1, ArrowUp: Math.max(0, this.at - 1), PageDown: this.at + page, PageUp: this.at - page, Home: 0, End: this.count - 1}[event.key];
    if (to !== undefined) this.go(to);
    else if (event.key !== 'Enter' || this.at < 0) return;
    else this.pick(this.at, event);
    event.preventDefault();
  }
  clicked(event) {
    const line = event.target.closest('.line');
    if (!line || event.target.closest('a')) return;
    this.go(line.index);
    this.pick(line.index, event);
  }

  // On paper all are drawn, up to `most`.
  print(most) {
    this.printing = true;
    this.space.style.height = 'auto';
    this.sight.style.transform = '';
    this.fill(0, Math.min(most, this.count));
  }
  printed() {
    this.printing = false;
    this.show(this.count);
  }
}
