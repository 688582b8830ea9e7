// Colours for the words of a line: comments, strings, numbers and keywords, by the file's language as its name tells it.
// It is a help for the eye, no parser: what it does not know stays plain.

const cLike = {
  names: /\.(c|h|i|cc|cpp|cxx|c\+\+|hh|hpp|hxx|ipp|inl|tcc|rs|go|d|zig|java|js|ts|swift|cu|m|mm|vala)$/i,
  comment: '//', open: '/*', close: '*/',
  words: 'alignas alignof as asm async auto await bool break case catch chan char class co_await co_return co_yield concept const consteval ' +
    'constexpr constinit continue crate decltype default defer delete do double dyn else enum explicit export extern fallthrough false ' +
    'final float fn for foreach friend func fun go goto if impl import in inline int interface let long loop map match mod module move mut ' +
    'mutable namespace new nil noexcept nullptr null operator override package private protected pub public range ref register requires ' +
    'return scope select self short signed sizeof static static_assert struct super switch template this throw trait true try type typedef ' +
    'typeid typename union unsafe unsigned use using var virtual void volatile where while yield',
};
const languages = [
  cLike,
  {names: /\.(py|sh|bash|pl|rb|cmake|mk|tcl|nim|jl|r)$/i, comment: '#',
   words: 'and as assert async await break case class continue def del do done elif else end esac except export fi finally for from ' +
     'function global if import in is lambda local my nil not None or pass raise return self sub then True False try unless until use while with yield'},
  {names: /\.(adb|ads|ada|vhd|vhdl|lua|hs|sql)$/i, comment: '--', anyCase: true,
   words: 'abort abs abstract accept access aliased all and array at begin body case constant declare delay delta digits do else elsif end entry ' +
     'exception exit for function generic goto if in interface is limited local loop mod new not null of or others out overriding package ' +
     'pragma private procedure protected raise range record rem renames requeue return reverse select separate some subtype synchronized ' +
     'tagged task terminate then type until use when while with xor'},
  {names: /\.(f|for|f77|f90|f95|f03|f08)$/i, comment: '!', anyCase: true,
   words: 'allocatable allocate call case character close common complex contains continue cycle data deallocate dimension do double else ' +
     'elseif end enddo endif exit external format function goto if implicit in inout integer intent interface intrinsic logical module none ' +
     'open out parameter pointer precision print private program public pure read real recursive result return save select stop subroutine ' +
     'target then type use while write'},
];

const longestPainted = 2000;  // characters of a line

function escaped(text) { return text.replace(/[.*+?^${}()|[\]\\\/]/g, '\\$&'); }

class Painter {
  constructor(language, texts) {
    this.language = language;
    this.words = new Set(language.words.split(' '));
    const kinds = {
      comment: escaped(language.comment) + '.*',
      open: language.open ? escaped(language.open) : '(?!)',
      string: '"(?:\\\\.|[^"\\\\])*"|' + "'(?:\\\\.[^']*|[^'\\\\])'",
      number: '\\b\\d[\\w.]*',
      word: '[A-Za-z_]\\w*',
    };
    this.token = new RegExp(Object.entries(kinds).map(([name, text]) => `(?<${name}>${text})`).join('|'), 'g');
    this.inside = this.commented(texts);
  }

  // Which lines begin within a comment of several lines.
  commented(texts) {
    const inside = new Uint8Array(texts.length + 1);
    if (!this.language.open) return inside;
    const {open, close} = this.language;
    for (let number = 1, within = false; number < texts.length; ++number) {
      inside[number] = within ? 1 : 0;
      const line = texts[number];
      const opens = line.lastIndexOf(open), closes = line.lastIndexOf(close);
      if (opens <= closes) within = within && closes < 0;  // most lines have neither, or a comment of their own
      else within = this.endsWithin(line, within);
    }
    return inside;
  }

  endsWithin(line, within) {
    let at = 0;
    while (true) {
      if (within) {
        const end = line.indexOf(this.language.close, at);
        if (end < 0) return true;
        at = end + this.language.close.length;
        within = false;
      }
      const open = this.next(line, at, token => token.groups.open);
      if (!open) return false;
      at = open.index + this.language.open.length;
      within = true;
    }
  }

  next(line, at, asked = () => true) {
    this.token.lastIndex = at;
    for (let token; (token = this.token.exec(line));) {
      if (asked(token)) return token;
    }
    return null;
  }

  paint(number, line) {
    if (line.length > longestPainted) return [visible(line, '\t')];
    const parts = [];
    let at = 0;
    const plain = end => { if (end > at) parts.push(visible(line.slice(at, end), '\t')); };
    const coloured = (end, kind) => {
      if (end > at) parts.push(element('span', {class: kind}, visible(line.slice(at, end), '\t')));
      at = end;
    };
    const comment = from => {
      const end = line.indexOf(this.language.close, from);
      coloured(end < 0 ? line.length : end + this.language.close.length, 'c');
    };
    if (this.inside[number]) comment(0);
    for (let token; at < line.length && (token = this.next(line, at, t => this.kindOf(t)));) {
      plain(token.index);
      at = token.index;
      if (token.groups.open) comment(at + this.language.open.length);
      else coloured(at + token[0].length, this.kindOf(token));
    }
    plain(line.length);
    return parts;
  }

  kindOf({groups}) {
    if (groups.comment || groups.open) return 'c';
    if (groups.string) return 's';
    if (groups.number) return 'd';
    return this.words.has(this.language.anyCase ? groups.word.toLowerCase() : groups.word) ? 'k' : '';
  }
}

function painterOf(name, texts) {
  const language = languages.find(({names}) => names.test(name));
  if (!language) return (number, line) => [visible(line, '\t')];
  const painter = new Painter(language, texts);
  return (number, line) => painter.paint(number, line);
}
