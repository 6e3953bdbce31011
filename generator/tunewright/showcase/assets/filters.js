// Jinja's filters and tests, and those that Copier adds. `values.js` says what values are.

const patterns = new Map();

/** A regular expression of Python as one of JavaScript. */
function pattern(source, flags = "gu") {
  const known = patterns.get(flags + source) ?? new RegExp(translated(source), flags);
  patterns.set(flags + source, known);
  known.lastIndex = 0;
  return known;
}

/** What JavaScript writes otherwise: ends, digits, and what need not be escaped there. */
function translated(source) {
  const found = source.replace(/\\(.)|\$/gsu, (all, letter) => {
    if (all === "$") return "(?=\\n?(?![^]))";
    if (letter === "Z") return "(?![^])";
    if (letter === "d") return "\\p{Nd}";
    // Unicode's rules are strict about what may be escaped.
    return /[`#<>~&_\-'" ]/.test(letter) ? `\\x${letter.charCodeAt(0).toString(16)}` : all;
  });
  return inClasses(found);
}

/** With each `[` that stands in a class escaped, which is allowed in Python alone. */
function inClasses(source) {
  let [found, inside] = ["", false];
  for (let i = 0; i < source.length; i += 1) {
    const letter = source[i];
    if (letter === "\\") {
      found += letter + source[i += 1];
    } else if (inside && (letter === "[" || letter === "(" || letter === "{" || letter === "}")) {
      found += `\\${letter}`;
    } else {
      if (letter === "[") inside = true;
      if (letter === "]") inside = false;
      found += letter;
    }
  }
  return found;
}

/** Half to even, of the number as it is and not as it is written. */
function rounded(value, digits = 0n) {
  const places = Number(digits);
  const number = Number(value);
  if (!Number.isFinite(number)) return number;
  const exact = Math.abs(number).toFixed(100);
  const cut = exact.indexOf(".") + 1 + places;
  const isTie = /^50*$/.test(exact.slice(cut));
  const kept = exact.slice(0, cut);
  const isEven = "02468".includes(kept.replace(".", "").at(-1));
  if (isTie && isEven) return Math.sign(number) * Number(kept);
  return Number(number.toFixed(places));
}

/** `%` of Python: %s, %d, %f and %g, the latter two with a precision. */
function formatted(template, ...values) {
  const left = [...values];
  return template.replace(/%%|%(?:\.(\d+))?([sdfg])/g, (all, precision, kind) => {
    if (all === "%%") return "%";
    const value = left.shift();
    if (kind === "s") return text(value);
    if (kind === "d") return String(BigInt(Math.trunc(Number(value))));
    if (kind === "f") return Number(value).toFixed(Number(precision ?? 6));
    return general(Number(value), Number(precision ?? 6) || 1);
  });
}

/** A number with so many digits that matter. */
function general(number, precision) {
  const [mantissa, exponent] = number.toExponential(precision - 1).split("e");
  const power = Number(exponent);
  const short = (digits) => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);
  if (power < -4 || power >= precision) {
    const sign = power < 0 ? "-" : "+";
    return `${short(mantissa)}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return short(number.toFixed(precision - 1 - power));
}

function jsonText(value, ascii) {
  const escape = (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const found = JSON.stringify(value);
  return ascii ? found.replace(/[\x7f-\uffff]/g, escape) : found;
}

/** JSON as Python writes it. */
function json(value, { ascii = true, indent = null, sorted = false } = {}, depth = 0) {
  const inner = (one) => json(one, { ascii, indent, sorted }, depth + 1);
  if (isText(value)) return jsonText(value, ascii);
  if (value === null || typeof value === "boolean") return String(value);
  if (isNumber(value)) return text(value);
  const isList = Array.isArray(value);
  if (!isList && !(value instanceof Map)) throw new TemplateFault("this is nothing that JSON has");
  const pairs = isList ? [] : [...value];
  if (sorted) pairs.sort(([a], [b]) => order(a, b));
  const parts = isList
    ? value.map(inner)
    : pairs.map(([key, one]) => `${jsonText(text(key), ascii)}: ${inner(one)}`);
  const [begin, end] = isList ? "[]" : "{}";
  if (indent === null || !parts.length) return begin + parts.join(", ") + end;
  const margin = "\n" + " ".repeat(indent * (depth + 1));
  return begin + margin + parts.join(`,${margin}`) + "\n" + " ".repeat(indent * depth) + end;
}

function quote(value) {
  if (!value) return "''";
  return /[^\w@%+=:,./-]/.test(value) ? `'${value.replaceAll("'", "'\"'\"'")}'` : value;
}

function truncate(value, length = 255n, killwords = false, end = "...", leeway = 5n) {
  const all = [...value];
  if (all.length <= Number(length + leeway)) return value;
  const found = all.slice(0, Number(length) - end.length).join("");
  const space = found.lastIndexOf(" ");
  return (truth(killwords) || space < 0 ? found : found.slice(0, space)) + end;
}

function indentLines(value, width = 4n, first = false, blank = false) {
  const margin = isText(width) ? width : " ".repeat(Number(width));
  const [begin, ...rest] = lines(`${value}\n`);
  const moved = rest.map((line) => (line || truth(blank) ? margin + line : line));
  return (truth(first) ? margin : "") + [begin, ...moved].join("\n");
}

/** In capitals or not is the same, where nobody says otherwise. */
const lowered = (value) => (isText(value) ? value.toLowerCase() : value);
const key = (path) => (one) => (path === undefined ? one
  : text(path).split(".").reduce((owner, name) => item(owner, /^\d+$/.test(name) ? BigInt(name) : name), one));

function sorted(all, { reverse = false, case_sensitive = false, attribute: path } = {}) {
  const of = key(path);
  const by = (one) => (truth(case_sensitive) ? of(one) : lowered(of(one)));
  const found = iterate(all).sort((a, b) => order(by(a), by(b)));
  return truth(reverse) ? found.reverse() : found;
}

function unique(all, { case_sensitive = false, attribute: path } = {}) {
  const of = key(path);
  const by = (one) => (truth(case_sensitive) ? of(one) : lowered(of(one)));
  const seen = [];
  return iterate(all).filter((one) => {
    const isNew = !seen.some((other) => equal(other, by(one)));
    if (isNew) seen.push(by(one));
    return isNew;
  });
}

function extreme(all, sign) {
  const items = iterate(all);
  if (!items.length) return undefined;
  return items.reduce((a, b) => (order(lowered(b), lowered(a)) * sign > 0 ? b : a));
}

/** Whether a test holds; without one, whether a value counts as true. */
function holds(value, name, rest) {
  return name === undefined ? truth(value) : test(name, value, rest);
}

function map(all, given, { attribute: path, default: otherwise }) {
  if (path !== undefined) return iterate(all).map((one) => key(path)(one) ?? otherwise);
  const [name, ...rest] = given;
  return iterate(all).map((one) => filter(name, one, rest, {}));
}

function toInt(value, otherwise = 0n) {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : otherwise;
  if (typeof value === "boolean") return BigInt(value);
  if (isText(value) && /^\s*[-+]?\d+\s*$/.test(value)) return BigInt(value.trim().replace("+", ""));
  if (isText(value) && value.trim() && Number.isFinite(Number(value))) return BigInt(Math.trunc(Number(value)));
  return otherwise;
}

function toFloat(value, otherwise = 0) {
  if (isText(value) && (!value.trim() || Number.isNaN(Number(value)))) return otherwise;
  return Number(value);
}

const FILTERS = {
  trim: ([value, characters]) => strip(text(value), characters),
  length: ([value]) => size(value),
  join: ([all, by = "", path], named_) => iterate(all).map(key(named_.attribute ?? path)).map(text).join(by),
  indent: ([value, width, first, blank], named_) => indentLines(
    text(value), named_.width ?? width, named_.first ?? first, named_.blank ?? blank),
  list: ([all]) => iterate(all),
  to_json: ([value], { ensure_ascii = true }) => json(value, { ascii: ensure_ascii }),
  to_nice_json: ([value], { indent = 4n, sort_keys = true, ensure_ascii = true }) => json(
    value, { indent: Number(indent), sorted: sort_keys, ascii: ensure_ascii }),
  sort: ([all, reverse], named_) => sorted(all, { reverse, ...named_ }),
  lower: ([value]) => text(value).toLowerCase(),
  upper: ([value]) => text(value).toUpperCase(),
  capitalize: ([value]) => text(value).slice(0, 1).toUpperCase() + text(value).slice(1).toLowerCase(),
  replace: ([value, old, fresh]) => text(value).replaceAll(old, () => fresh),
  select: ([all, name, ...rest]) => iterate(all).filter((one) => holds(one, name, rest)),
  reject: ([all, name, ...rest]) => iterate(all).filter((one) => !holds(one, name, rest)),
  selectattr: ([all, path, name, ...rest]) => iterate(all).filter((one) => holds(key(path)(one), name, rest)),
  rejectattr: ([all, path, name, ...rest]) => iterate(all).filter((one) => !holds(key(path)(one), name, rest)),
  map: ([all, ...given], named_) => map(all, given, named_),
  int: ([value, otherwise]) => toInt(value, otherwise),
  float: ([value, otherwise]) => toFloat(value, otherwise),
  default: ([value, otherwise = "", boolean = false]) => (
    value === undefined || value === NOTHING || (truth(boolean) && !truth(value)) ? otherwise : value),
  unique: ([all, case_sensitive], named_) => unique(all, { case_sensitive: case_sensitive ?? false, ...named_ }),
  regex_replace: ([value, source, fresh = ""]) => text(value).replace(
    pattern(source), fresh.replaceAll("$", "$$$$").replace(/\\(\\|\d)/g, (_, one) => (one === "\\" ? "\\" : `$${one}`))),
  regex_search: ([value, source]) => (value.match(pattern(source, "u")) ?? [null])[0],
  regex_findall: ([value, source]) => [...value.matchAll(pattern(source))].map(
    (found) => (found.length > 2 ? found.slice(1) : found[1] ?? found[0])),
  max: ([all]) => extreme(all, 1),
  min: ([all]) => extreme(all, -1),
  sum: ([all]) => iterate(all).reduce(add, 0n),
  round: ([value, digits]) => rounded(value, digits),
  quote: ([value]) => quote(text(value)),
  string: ([value]) => text(value),
  format: ([template, ...values]) => formatted(template, ...values),
  first: ([all]) => iterate(all)[0],
  last: ([all]) => iterate(all).at(-1),
  reverse: ([value]) => (isText(value) ? [...value].reverse().join("") : iterate(value).reverse()),
  items: ([value]) => [...value],
  from_yaml: ([value]) => parseYaml(value),
  to_yaml: ([value]) => dumpYaml(value),
  to_nice_yaml: ([value]) => dumpYaml(value),
  truncate: ([value, ...rest]) => truncate(text(value), ...rest),
  dictsort: ([value]) => [...value].sort(([a], [b]) => order(lowered(a), lowered(b))),
  extract: ([one, container]) => item(container, one),
  ternary: ([value, yes, no]) => (truth(value) ? yes : no),
};

const TESTS = {
  eq: compare.eq,
  ne: compare.ne,
  in: compare.in,
  notin: compare.notin,
  lt: compare.lt,
  lteq: compare.lteq,
  gt: compare.gt,
  gteq: compare.gteq,
  ge: compare.gteq,
  le: compare.lteq,
  defined: (value) => value !== undefined && value !== NOTHING,
  undefined: (value) => value === undefined || value === NOTHING,
  mapping: (value) => value instanceof Map,
  boolean: (value) => typeof value === "boolean",
  number: (value) => isNumber(value) || typeof value === "boolean",
  integer: (value) => typeof value === "bigint",
  float: (value) => typeof value === "number",
  string: isText,
  sequence: (value) => isText(value) || Array.isArray(value) || value instanceof Map,
  none: (value) => value === null,
  true: (value) => value === true,
  false: (value) => value === false,
};

function filter(name, value, given, named_) {
  if (name !== "default") defined(value);
  if (!FILTERS[name]) throw new TemplateFault(`the page has no filter ${name}`);
  return FILTERS[name]([value, ...given], named_);
}

function test(name, value, given) {
  if (!TESTS[name]) throw new TemplateFault(`the page has no test ${name}`);
  return TESTS[name](value, ...given);
}
