// The template: its files as functions of the answers, and the project that comes of them.

/** All that is in the page: `page.py` says what. Set once it is unpacked. */
let TEMPLATE;

/** What templates know without any answer. */
const GLOBALS = Object.assign(Object.create(null), {
  range: (given) => {
    const [begin, end] = given.length > 1 ? given : [0n, given[0]];
    return Array.from({ length: Math.max(0, Number(end - begin)) }, (_, i) => begin + BigInt(i));
  },
  dict: ([first], more) => new Map([...(first ?? []), ...Object.entries(more)]),
  namespace: (_, sets) => new Namespace(sets),
});

/** Names that are seen beside those around them. */
function within(around, names) {
  const found = Object.create(around);
  for (const [name, value] of Object.entries(names)) {
    if (value !== undefined) found[name] = value;
  }
  return found;
}

const compiled = new Map();

/** A function of the answers. `eval` has the functions of `values.js` and `filters.js` in sight. */
function compile(body) {
  if (!compiled.has(body)) compiled.set(body, eval(`c=>{${body}}`));
  return compiled.get(body);
}

/** What a file of the template makes of the answers: a text, and what it sets for those who import it. */
function file(path, context) {
  const body = TEMPLATE.files[path];
  if (body === undefined) throw new TemplateFault(`the template has no ${path}`);
  try {
    return compile(body)(context);
  } catch (error) {
    if (error instanceof TemplateFault) error.message += `\n  in ${path}`;
    throw error;
  }
}

/** A text that may be a template. */
function render(value, context) {
  return typeof value === "object" && value !== null ? compile(value.js)(context).text : value;
}

/** What templates see: the answers, and what Copier itself tells them. */
function contextOf(answers, recorded) {
  const conf = { answers_file: TEMPLATE.answersFile, defaults: true, data: new Map() };
  return within(GLOBALS, {
    ...answers,
    _copier_conf: new Map(Object.entries(conf)),
    _copier_answers: new Map(Object.entries({ ...TEMPLATE.recorded, ...recorded })),
  });
}

/** The project of some answers: a Map from each path to its text, or to what is asked for of it. */
function project(answers, recorded, of = null) {
  const context = contextOf(answers, recorded);
  const found = new Map();
  for (const one of TEMPLATE.project) {
    const parts = one.path.map((part) => render(part, context));
    if (parts.every(Boolean)) {
      const path = parts.join("/");
      if (of) found.set(path, of(one));
      else found.set(path, one.file === undefined ? one.text : file(one.file, context).text);
    }
  }
  return new Map([...found].sort(([a], [b]) => comparePaths(a, b)));
}

/** The files of a folder before the folders in it: those that are a person's own are not in one. */
function comparePaths(left, right) {
  const [a, b] = [left.split("/"), right.split("/")];
  for (let i = 0; ; i += 1) {
    if (a[i] !== b[i]) {
      const folders = (a.length > i + 1) - (b.length > i + 1);
      return folders || compareTexts(a[i], b[i]);
    }
  }
}
