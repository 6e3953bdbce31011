// Values as Python has them. A whole number is a BigInt, any other number a Number, a list or a
// tuple an Array, a dictionary a Map, None is null. What is not defined is undefined, and any use
// of it is an error, as with Jinja's StrictUndefined.

/** What `{{ text if condition }}` gives without its condition. */
const NOTHING = Object.freeze({ nothing: true });

class Module {
  constructor(sets) { this.sets = sets; }
}

class Namespace {
  constructor(named) { this.sets = { ...named }; }
  set(name, value) { this.sets[name] = value; }
}

class TemplateFault extends Error {}

function defined(value) {
  if (value === undefined) throw new TemplateFault("something is not defined");
  return value;
}

const isNumber = (value) => typeof value === "bigint" || typeof value === "number";
const isText = (value) => typeof value === "string";

/** Whether a value counts as true. */
function truth(value) {
  defined(value);
  if (value === null || value === NOTHING) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return typeof value === "object" || typeof value === "function" || Boolean(value);
}

function and(left, right) { return truth(left) ? right() : left; }
function or(left, right) { return truth(left) ? left : right(); }

/** The shortest digits that are this number, as Python writes them. */
function floatText(number) {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  if (Object.is(number, -0)) return "-0.0";
  const [mantissa, exponent] = number.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const digits = mantissa.replace(/[-.]/g, "");
  const sign = number < 0 ? "-" : "";
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  return `${sign}${whole}.${digits.slice(power + 1) || "0"}`;
}

/** A text as Python's repr() has it. */
function quoted(value) {
  const mark = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replaceAll("\\", "\\\\").replaceAll(mark, `\\${mark}`)
    .replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
  return mark + escaped + mark;
}

function representation(value) {
  if (isText(value)) return quoted(value);
  if (Array.isArray(value)) return `[${value.map(representation).join(", ")}]`;
  if (value instanceof Map) {
    const pairs = [...value].map(([key, one]) => `${representation(key)}: ${representation(one)}`);
    return `{${pairs.join(", ")}}`;
  }
  return text(value);
}

/** What is written of a value. */
function text(value) {
  if (isText(value)) return value;
  if (value === NOTHING) return "";
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return floatText(value);
  if (Array.isArray(value) || value instanceof Map) return representation(value);
  defined(value);
  throw new TemplateFault("this has no text");
}

/** Both of two numbers as BigInt if they are whole, else both as Number. */
function alike(left, right) {
  const [a, b] = [left, right].map((one) => (typeof one === "boolean" ? BigInt(one) : one));
  if (!isNumber(a) || !isNumber(b)) throw new TemplateFault("this is not a number");
  return typeof a === typeof b ? [a, b] : [Number(a), Number(b)];
}

function add(left, right) {
  if (isText(left) && isText(right)) return left + right;
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  const [a, b] = alike(defined(left), defined(right));
  return a + b;
}

function sub(left, right) {
  const [a, b] = alike(left, right);
  return a - b;
}

function mul(left, right) {
  if (isText(left)) return left.repeat(Math.max(0, Number(right)));
  if (Array.isArray(left)) return Array.from({ length: Number(right) }, () => left).flat();
  const [a, b] = alike(left, right);
  return a * b;
}

function div(left, right) {
  if (Number(right) === 0) throw new TemplateFault("division by zero");
  return Number(left) / Number(right);
}

function floordiv(left, right) {
  const [a, b] = alike(left, right);
  // Of the remainder, as in Python: 0.008 / 0.0016 is 5 only once it is rounded.
  if (typeof a === "number") return Math.round((a - mod(a, b)) / b);
  return a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
}

function mod(left, right) {
  const [a, b] = alike(left, right);
  const rest = a % b;
  return rest && rest < 0 !== b < 0 ? rest + b : rest;
}

function pow(left, right) {
  const [a, b] = alike(left, right);
  if (typeof a === "bigint" && b < 0n) return Number(a) ** Number(b);
  return a ** b;
}

function neg(value) { return -value; }

function equal(left, right) {
  if (left === right) return true;
  const numbers = [left, right].map((one) => (typeof one === "boolean" ? BigInt(one) : one));
  if (numbers.every(isNumber)) return numbers[0] == numbers[1];
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, i) => equal(one, right[i]));
  }
  if (left instanceof Map && right instanceof Map) {
    return left.size === right.size
      && [...left].every(([key, one]) => right.has(key) && equal(one, right.get(key)));
  }
  return false;
}

function contains(all, one) {
  if (isText(all)) return all.includes(one);
  if (all instanceof Map) return all.has(one);
  return iterate(all).some((other) => equal(other, one));
}

/** Below, alike or above: -1, 0 or 1. */
function order(left, right) {
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
      const found = order(left[i], right[i]);
      if (found) return found;
    }
    return Math.sign(left.length - right.length);
  }
  if (isText(left) && isText(right)) return compareTexts(left, right);
  const [a, b] = alike(left, right);
  return a < b ? -1 : Number(a > b);
}

/** By code points, which is not the order of JavaScript's own comparison. */
function compareTexts(left, right) {
  const [a, b] = [[...left], [...right]];
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    if (a[i] !== b[i]) return a[i].codePointAt(0) < b[i].codePointAt(0) ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

const compare = {
  eq: (a, b) => equal(defined(a), defined(b)),
  ne: (a, b) => !equal(defined(a), defined(b)),
  in: (a, b) => contains(defined(b), defined(a)),
  notin: (a, b) => !contains(defined(b), defined(a)),
  lt: (a, b) => order(a, b) < 0,
  lteq: (a, b) => order(a, b) <= 0,
  gt: (a, b) => order(a, b) > 0,
  gteq: (a, b) => order(a, b) >= 0,
};

/** What a loop goes through: always a new array. */
function iterate(all) {
  if (Array.isArray(all) || isText(all)) return [...all];
  if (all instanceof Map) return [...all.keys()];
  if (all === NOTHING) return [];
  defined(all);
  throw new TemplateFault("this cannot be looped over");
}

/** Each item beside what `loop` is then. */
function loops(items) {
  const count = items.length;
  return items.map((one, i) => [one, new Module({
    index: BigInt(i + 1), index0: BigInt(i), first: i === 0, last: i === count - 1,
    length: BigInt(count), revindex: BigInt(count - i),
    previtem: items[i - 1], nextitem: items[i + 1],
  })]);
}

/** How long a text is in code points, or how many items there are. */
function size(value) {
  if (value instanceof Map) return BigInt(value.size);
  return BigInt(iterate(value).length);
}

function item(owner, key) {
  defined(owner);
  if (owner instanceof Map) return owner.get(key);
  if (owner instanceof Module || owner instanceof Namespace) return owner.sets[key];
  const items = Array.isArray(owner) ? owner : [...owner];
  return items.at(Number(key));
}

function slice(owner, begin, end) {
  const ends = [begin, end].map((one) => (one === null ? undefined : Number(one)));
  if (Array.isArray(owner)) return owner.slice(...ends);
  if (!isText(owner)) throw new TemplateFault("this has no slices");
  return [...owner].slice(...ends).join("");
}

function attribute(owner, name) {
  defined(owner);
  if (owner instanceof Module || owner instanceof Namespace) return owner.sets[name];
  if (owner instanceof Map) return owner.get(name);
  // By this a template tells a Python that is new enough: filters give generators there.
  return Array.isArray(owner) && name === "gi_suspended" ? false : undefined;
}

/** A function that takes its arguments in their order or by name, as a macro does. */
function macro(parameters, body) {
  return (given, named) => {
    const values = parameters.map((name, i) => (i < given.length ? given[i] : named[name]));
    return body(...values, named.caller);
  };
}

function call(callee, given, named) {
  if (typeof callee !== "function") throw new TemplateFault("this cannot be called");
  return callee(given, named);
}

/** What `**` makes of a dictionary. */
const named = (values) => Object.fromEntries(values);

function method(owner, name, given, named_) {
  defined(owner);
  const kind = isText(owner) ? "text" : Array.isArray(owner) ? "list" : "dictionary";
  if (kind !== "dictionary" || owner instanceof Map) {
    const known = METHODS[kind][name];
    if (known) return known(owner, ...given);
  }
  return call(attribute(owner, name), given, named_);
}

const LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** The lines of a text, with their ends if so wished. */
function lines(value, keep = false) {
  const found = value.split(new RegExp(`(${LINE_ENDS.source})`));
  const all = [];
  for (let i = 0; i < found.length; i += 2) {
    const end = found[i + 1] ?? "";
    if (found[i] || end) all.push(keep ? found[i] + end : found[i]);
  }
  return all;
}

const SPACES = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
  + "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

/** A text without some characters at its ends. */
function strip(value, characters = SPACES, sides = "both") {
  const unwanted = characters ?? SPACES;
  let [begin, end] = [0, value.length];
  while (sides !== "right" && begin < end && unwanted.includes(value[begin])) begin += 1;
  while (sides !== "left" && begin < end && unwanted.includes(value[end - 1])) end -= 1;
  return value.slice(begin, end);
}

const METHODS = {
  text: {
    startswith: (value, prefix) => [prefix].flat().some((one) => value.startsWith(one)),
    endswith: (value, suffix) => [suffix].flat().some((one) => value.endsWith(one)),
    strip,
    lstrip: (value, characters) => strip(value, characters, "left"),
    rstrip: (value, characters) => strip(value, characters, "right"),
    lower: (value) => value.toLowerCase(),
    upper: (value) => value.toUpperCase(),
    split: (value, by) => (by === undefined ? value.split(/\s+/).filter(Boolean) : value.split(by)),
    splitlines: lines,
    replace: (value, old, fresh) => value.replaceAll(old, () => fresh),
    join: (value, all) => iterate(all).join(value),
    count: (value, one) => BigInt(value.split(one).length - 1),
    removeprefix: (value, one) => (value.startsWith(one) ? value.slice(one.length) : value),
    removesuffix: (value, one) => (one && value.endsWith(one) ? value.slice(0, -one.length) : value),
  },
  list: {
    append: (value, one) => (value.push(one), null),
    extend: (value, more) => (value.push(...iterate(more)), null),
    index: (value, one) => BigInt(value.findIndex((other) => equal(other, one))),
    count: (value, one) => BigInt(value.filter((other) => equal(other, one)).length),
  },
  dictionary: {
    get: (value, key, otherwise = null) => (value.has(key) ? value.get(key) : otherwise),
    keys: (value) => [...value.keys()],
    values: (value) => [...value.values()],
    items: (value) => [...value],
    update: (value, more) => (more.forEach((one, key) => value.set(key, one)), null),
  },
};
