// As much of YAML as answers are written in: scalars, [lists], {mappings}, lines of `name: value` or `- item`.

class NotYaml extends Error {}

const YAML_INT = /^(?:0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)$/;
const YAML_FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;
const YAML_NAMED = new Map([
  ["~", null], ["null", null], ["Null", null], ["NULL", null], ["", null],
  [".inf", Infinity], ["+.inf", Infinity], ["-.inf", -Infinity], [".nan", NaN],
  ...["true", "yes", "on"].flatMap((one) => forms(one).map((form) => [form, true])),
  ...["false", "no", "off"].flatMap((one) => forms(one).map((form) => [form, false])),
]);

function forms(word) {
  return [word, word[0].toUpperCase() + word.slice(1), word.toUpperCase()];
}

/** What a letter behind a backslash means, where JSON has no such escape. */
const YAML_ESCAPES = new Map([
  ["0", "\0"], ["a", "\x07"], ["v", "\v"], ["e", "\x1b"], [" ", " "],
  ["N", "\x85"], ["_", "\xa0"], ["L", "\u2028"], ["P", "\u2029"],
]);

/** What a word means that stands without quotes, by the rules of YAML 1.1, which Copier goes by. */
function scalar(word) {
  if (YAML_NAMED.has(word)) return YAML_NAMED.get(word);
  const plain = word.replaceAll("_", "");
  if (YAML_INT.test(word)) {
    const octal = /^([-+]?)0([0-7]+)$/.exec(plain);
    if (octal) return BigInt(`0o${octal[2]}`) * (octal[1] === "-" ? -1n : 1n);
    return plain.startsWith("-") ? -BigInt(plain.slice(1)) : BigInt(plain.replace("+", ""));
  }
  if (YAML_FLOAT.test(word)) return Number(plain);
  return word;
}

/** Reads text that may hold lists and mappings in brackets. */
class YamlReader {
  constructor(source) {
    this.source = source;
    this.at = 0;
  }

  fail(why) { throw new NotYaml(`${why} (character ${this.at + 1})`); }
  skip() { while (/\s/.test(this.source[this.at] ?? "")) this.at += 1; }
  get next() { return this.source[this.at]; }

  whole() {
    const found = this.value(false);
    this.skip();
    if (this.at < this.source.length) this.fail("there is more than one value");
    return found;
  }

  value(inside) {
    this.skip();
    if (this.next === "[") return this.list();
    if (this.next === "{") return this.mapping();
    if (this.next === '"' || this.next === "'") return this.quoted();
    const begin = this.at;
    if (/[\]}@`%&*!|>,]/.test(this.next ?? "")) this.fail(`nothing begins with ${this.next}`);
    while (this.at < this.source.length && !this.endsPlain(inside)) this.at += 1;
    const word = this.source.slice(begin, this.at).trim().replace(/\s*\n\s*/g, " ");
    return scalar(word);
  }

  endsPlain(inside) {
    const rest = this.source.slice(this.at, this.at + 2);
    if (/^:(?:[\s,[\]{}]|$)/.test(rest)) {
      if (!inside) this.fail("a mapping is not allowed here");
      return true;
    }
    return (inside && /^[,[\]{}]/.test(rest)) || /^\s#/.test(rest);
  }

  quoted() {
    const mark = this.next;
    const rule = mark === '"' ? /"(?:[^"\\]|\\.)*"/sy : /'(?:[^']|'')*'/sy;
    rule.lastIndex = this.at;
    const found = rule.exec(this.source);
    if (!found) this.fail("a quotation mark is missing");
    this.at = rule.lastIndex;
    if (mark === "'") return found[0].slice(1, -1).replaceAll("''", "'");
    // JSON has fewer escapes: what only YAML has is put in by itself.
    const escaped = found[0].replaceAll("\n", " ").replace(/\\(x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|.)/g, (all, one) => {
      const meant = one.length > 1 ? String.fromCodePoint(parseInt(one.slice(1), 16)) : YAML_ESCAPES.get(one);
      return meant === undefined ? all : JSON.stringify(meant).slice(1, -1);
    });
    try {
      return JSON.parse(escaped);
    } catch {
      return this.fail("an escape is not known");
    }
  }

  list() {
    const found = [];
    this.at += 1;
    for (;;) {
      this.skip();
      if (this.next === "]") break;
      found.push(this.value(true));
      this.skip();
      if (this.next === ",") this.at += 1;
      else if (this.next !== "]") this.fail("] is missing");
    }
    this.at += 1;
    return found;
  }

  mapping() {
    const found = new Map();
    this.at += 1;
    for (;;) {
      this.skip();
      if (this.next === "}") break;
      const name = this.value(true);
      this.skip();
      let one = null;
      if (this.next === ":") {
        this.at += 1;
        this.skip();
        one = this.next === "," || this.next === "}" ? null : this.value(true);
      }
      if (found.has(name)) this.fail(`${text(name)} stands there twice`);
      found.set(name, one);
      this.skip();
      if (this.next === ",") this.at += 1;
      else if (this.next !== "}") this.fail("} is missing");
    }
    this.at += 1;
    return found;
  }
}

/** Lines of `name: value`, as files of choices have them; null for any other text. */
function blockMapping(source) {
  const rows = source.split("\n").filter((row) => row.trim() && !/^\s*#/.test(row));
  const pairs = rows.map((row) => /^("(?:[^"\\]|\\.)*"|[\w.-]+):(?:\s+(.*))?$/.exec(row));
  if (!pairs.length || !pairs.every(Boolean)) return null;
  const read = (part) => new YamlReader(part ?? "").whole();
  return new Map(pairs.map(([, name, value]) => [read(name), read(value)]));
}

function parseYaml(source) {
  if (/^\s*(?:$|[[{"'])/.test(source) && !/^"[^\n]*":/.test(source)) return new YamlReader(source).whole();
  return blockMapping(source) ?? new YamlReader(source).whole();
}

/** What a word would be that is no text: a number of minutes, a date, or a sign of YAML's own. */
const YAML_OTHER = new RegExp([
  "[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+", "[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*",
  "\\d{4}-\\d\\d-\\d\\d", "\\d{4}-\\d\\d?-\\d\\d?(?:[Tt]|[ \\t]+)\\d\\d?:\\d\\d:\\d\\d.*", "<<", "=",
].map((one) => `^(?:${one})$`).join("|"));

const YAML_PRINTABLE = /^[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10fffe}]*$/u;

/** Whether a text needs no quotes in a line of its own, by PyYAML's rules. */
function isPlain(value) {
  return YAML_PRINTABLE.test(value) && isText(scalar(value)) && !YAML_OTHER.test(value)
    && !/^(?:---|\.\.\.|[ #,[\]{}&*!|>'"%@`]|[?:-](?: |$))|:(?: |$)| #| $/.test(value);
}

/**
 * A text as PyYAML writes it: what is too long goes on in the next line.
 *
 * @param {string} value The text.
 * @param {number} column Where it begins.
 * @param {string} margin What the next line begins with.
 */
function yamlText(value, column = 0, margin = "") {
  if (!YAML_PRINTABLE.test(value)) return jsonText(value, true);
  const plain = isPlain(value);
  const words = (plain ? value : `'${value.replaceAll("'", "''")}'`).split(/( +)/);
  let [found, at] = ["", column];
  words.forEach((word, i) => {
    // A line may break at one space only, for that is what it is read as.
    const breaks = word === " " && at > 80 && (plain || (i > 1 || words[0] !== "'") && words.slice(i + 1).join("") !== "'");
    found += breaks ? `\n${margin}` : word;
    at = breaks ? margin.length : at + [...word].length;
  });
  return found;
}

function yamlScalar(value, column, margin) {
  if (isText(value)) return yamlText(value, column, margin);
  if (typeof value !== "number") return json(value);
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  return text(value).replace(/^(-?\d+)e/, "$1.0e");
}

/** YAML as PyYAML writes it, with sorted names and 4 columns a level. */
function dumpYaml(value, margin = "") {
  if (value instanceof Map && value.size) {
    const pairs = [...value].sort(([a], [b]) => order(a, b));
    return pairs.map(([name, one]) => nestedYaml(`${margin}${yamlScalar(name)}:`, one, margin)).join("");
  }
  if (Array.isArray(value) && value.length) {
    return value.map((one) => nestedYaml(`${margin}-`, one, margin)).join("");
  }
  return isCollection(value) ? `${emptyYaml(value)}\n` : `${yamlScalar(value)}\n...\n`;
}

const isCollection = (value) => Array.isArray(value) || value instanceof Map;
const emptyYaml = (value) => (Array.isArray(value) ? "[]" : "{}");

function nestedYaml(begin, one, margin) {
  if (!isCollection(one)) {
    return `${begin} ${yamlScalar(one, [...begin].length + 1, `${margin}    `)}\n`;
  }
  if (!truth(one)) return `${begin} ${emptyYaml(one)}\n`;
  return `${begin}\n${dumpYaml(one, Array.isArray(one) ? margin : `${margin}    `)}`;
}
