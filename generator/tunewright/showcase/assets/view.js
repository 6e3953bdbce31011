// What a person sees, and what comes of what they pick.

const LANGUAGES = {
  py: "python", toml: "ini", yaml: "yaml", yml: "yaml", md: "markdown", sh: "bash", ipynb: "json", html: "xml",
  Dockerfile: "dockerfile", ".gitignore": "bash", ".dockerignore": "bash", ".gitattributes": "bash",
};

const $ = (id) => document.getElementById(id);

/** An element with some properties, and with what it holds. */
function element(kind, properties = {}, ...inside) {
  const found = document.createElement(kind);
  for (const [name, value] of Object.entries(properties)) {
    if (name in found) found[name] = value;
    else found.setAttribute(name, value);
  }
  found.append(...inside);
  return found;
}

class View {
  constructor() {
    /** What was picked, as it is written after `-d`. */
    this.picked = this.fromAddress();
    /** The last answer, if it was refused. */
    this.fault = null;
    this.known = new Map();
    this.shown = complete(this.picked);
    this.files = project(this.shown.answers, this.shown.recorded);
    this.changed = new Map();
    this.before = this.files;
    const model = [...this.files.keys()].find((path) => path.endsWith("/model.py"));
    this.path = this.files.has(this.wanted) ? this.wanted : model ?? [...this.files.keys()][0];
    this.drawCode();
    this.drawTree();
    this.drawCommand();
    this.drawStatus();
    $("about").textContent = "The page writes what Copier writes, to the byte, and sends nothing anywhere."
      + (TEMPLATE.recorded._src_path ? "" : " Only a project made with the command can be updated later.");
    this.listen();
    this.showPane("code");
    // The questions are drawn after the code, which a person sees first.
    this.drawn = new Promise((done) => setTimeout(() => { this.drawQuestions(); done(); }));
  }

  listen() {
    $("copy").onclick = () => this.copy();
    $("download").onclick = () => this.download();
    $("program").onchange = () => this.drawCommand();
    $("changes").onchange = () => this.drawCode();
    $("answers").onsubmit = (event) => event.preventDefault();
    for (const button of document.querySelectorAll("nav button")) {
      button.onclick = () => this.showPane(button.dataset.pane);
    }
    window.addEventListener("hashchange", () => {
      this.picked = this.fromAddress();
      this.path = this.wanted ?? this.path;
      this.update();
    });
  }

  /** On a small screen one part of the page is seen at a time. */
  showPane(name) {
    for (const button of document.querySelectorAll("nav button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === name));
    }
    for (const pane of document.querySelector("main").children) pane.classList.toggle("shown", pane.id === name);
  }

  /** The answers that stand in the address, after #. */
  fromAddress() {
    const found = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    this.wanted = found["file"];
    delete found["file"];
    return found;
  }

  toAddress() {
    const found = new URLSearchParams([...options(this.shown), ["file", this.path]]);
    history.replaceState(null, "", `#${found}`);
  }

  /** Take an answer; one that is refused changes nothing. */
  pick(name, answer) {
    const picked = { ...this.picked, [name]: answer };
    const message = complete(picked).refused[name];
    if (message) {
      this.fault = { name, answer, message };
      this.drawQuestions();
      return;
    }
    this.picked = picked;
    this.update(name);
  }

  /** Write the project again, and say what the answer changed. */
  update(name) {
    const old = this.shown;
    const shown = complete(this.picked);
    this.fault = null;
    const files = project(shown.answers, shown.recorded);
    const isSame = name && equal(old.answers[name], shown.answers[name]);
    this.shown = shown;
    if (!isSame) {
      this.before = this.files;
      this.files = files;
      this.changed = changes(this.before, files);
      this.follow();
      this.drawStatus(name, old);
    }
    this.drawQuestions();
    this.drawTree();
    this.drawCode();
    this.drawCommand();
    this.toAddress();
  }

  /** Where the file that is shown has another name now, or is gone: show one that there is. */
  follow() {
    if (this.files.has(this.path) || this.changed.has(this.path)) return;
    const last = this.path.split("/").at(-1);
    this.path = [...this.files.keys()].find((path) => path.endsWith(`/${last}`)) ?? [...this.files.keys()][0];
  }

  drawStatus(name, old) {
    const status = $("status");
    status.replaceChildren();
    if (!name) {
      status.append("Pick another answer: what it changes is marked.");
      return;
    }
    const [from, to] = [old, this.shown].map((one) => written(one.answers[name]));
    const also = Object.keys(this.shown.recorded).filter(
      (other) => other !== name && !equal(old.answers[other], this.shown.answers[other]));
    const kinds = [...this.changed.values()].map(([kind]) => kind);
    const count = (kind) => kinds.filter((one) => one === kind).length;
    const parts = ["changed", "added", "removed"].filter(count).map((kind) => `${count(kind)} ${kind}`);
    const lines_ = [1, 2].map((i) => [...this.changed.values()].reduce((sum, one) => sum + one[i], 0));
    status.append(element("b", {}, `${name}: ${from} → ${to}`), ` ${parts.length ? `files: ${parts.join(", ")} ` : "changes no file "}`);
    if (parts.length) status.append(...counts(lines_));
    if (also.length) {
      status.append(`and with it ${also.map((one) => `${one}=${written(this.shown.answers[one])}`).join(", ")}`);
    }
  }

  drawQuestions() {
    const form = $("answers");
    const topics = form.children.length ? [...form.children] : TEMPLATE.topics.map(([title], i) => {
      const topic = element("details", { open: i < 3 }, element("summary"), element("div"));
      topic.dataset.title = title;
      topic.addEventListener("toggle", () => this.drawTopic(topic, i));
      form.append(topic);
      return topic;
    });
    topics.forEach((topic, i) => this.drawTopic(topic, i));
  }

  /** The questions of a topic; of one that is closed, how many have an answer of one's own. */
  drawTopic(topic, i) {
    const [title, names] = TEMPLATE.topics[i];
    const questions = names.map((name) => this.shown.questions[name]).filter(isShown);
    topic.hidden = !questions.length;
    const asked = questions.filter((one) => one.isSettable);
    const own = asked.filter((one) => !equal(one.default, this.shown.answers[one.name]));
    const [summary, inside] = topic.children;
    summary.replaceChildren(`${title} `, element("small", {}, own.length ? `${own.length} changed` : ""));
    const drawn = topic.open ? [...asked.map((one) => this.drawQuestion(one)), ...this.drawHidden(questions)] : [];
    // What is being clicked or typed into must not be put there again.
    if (drawn.length !== inside.children.length || drawn.some((one, j) => one !== inside.children[j])) {
      inside.replaceChildren(...drawn);
    }
  }

  /** What was drawn before, as long as it shows the same. */
  once(key, state, draw) {
    const signature = JSON.stringify(state);
    if (this.known.get(key)?.signature !== signature) this.known.set(key, { signature, drawn: draw() });
    return this.known.get(key).drawn;
  }

  drawQuestion(question) {
    const { name, choices } = question;
    const [answer, otherwise] = [this.shown.answers[name], question.default].map(written);
    const reasons = choices.map((one) => [one.words, question.whyNot(one)]);
    const fault = this.fault?.name === name ? this.fault : null;
    const state = [answer, otherwise, reasons, fault, this.shown.refused[name], render(question.help, question.context)];
    return this.once(name, state, () => this.drawnQuestion(question, fault));
  }

  drawnQuestion(question, fault) {
    const { name } = question;
    const answer = this.shown.answers[name];
    const refused = this.shown.refused[name];
    const legend = element("legend", {}, render(question.help, question.context), element("span", { className: "name" }, name));
    if (!equal(answer, question.default) || refused || fault) {
      const reset = element("button", { type: "button", title: `${written(question.default)}, the default` }, "reset");
      reset.onclick = () => {
        delete this.picked[name];
        this.update(name);
      };
      legend.lastChild.append(reset);
    }
    const found = element("fieldset", {}, legend);
    found.dataset.name = name;
    if (question.choices.length) found.append(...question.choices.map((one) => this.drawChoice(question, one, fault)));
    else found.append(this.drawField(question, fault));
    if (fault) found.append(element("span", { className: "note fault", role: "alert" }, fault.message));
    else if (refused) {
      const said = `${this.picked[name]}: ${refused}; ${written(answer)} is taken`;
      found.append(element("span", { className: "note", role: "alert" }, said));
    }
    return found;
  }

  drawChoice(question, choice, fault) {
    const { name, multiselect } = question;
    const answer = fault && multiselect ? parseYaml(fault.answer) : this.shown.answers[name];
    const reason = question.whyNot(choice);
    const input = element("input", {
      type: multiselect ? "checkbox" : "radio", name, id: `${name}-${text(choice.value)}`, value: text(choice.value),
      checked: multiselect ? contains(answer, choice.value) : equal(answer, choice.value), disabled: Boolean(reason),
    });
    input.onchange = () => {
      if (!multiselect) return this.pick(name, written(choice.value));
      const boxes = [...input.closest("fieldset").querySelectorAll("input:checked")];
      return this.pick(name, `[${boxes.map((box) => box.value).join(", ")}]`);
    };
    const [begin, ...rest] = choice.words.split(": ");
    const words = element("span", {}, element("b", {}, begin), rest.length ? `: ${rest.join(": ")}` : "");
    if (reason) words.append(element("span", { className: "reason" }, reason));
    return element("label", { className: reason ? "choice off" : "choice" }, input, words);
  }

  drawField(question, fault) {
    const { name } = question;
    const input = element("input", {
      type: "text", id: `${name}-field`, spellcheck: false, "aria-label": name,
      value: fault ? fault.answer : written(this.shown.answers[name]),
    });
    input.setAttribute("aria-invalid", String(Boolean(fault)));
    input.onchange = () => this.pick(name, input.value);
    return input;
  }

  /** The questions that Copier does not ask with these answers, and why. */
  drawHidden(questions) {
    const hidden = questions.filter((one) => !one.isSettable);
    if (!hidden.length) return [];
    const reasons = hidden.map((one) => [one.name, one.objection(one.default) || "is not asked"]);
    return [this.once(`hidden ${questions[0].name}`, reasons, () => element(
      "details", { className: "hidden" }, element("summary", {}, `${hidden.length} not asked with these answers`),
      ...reasons.map(([name, why]) => element("p", {}, element("span", { className: "name" }, name), ` ${why}`))))];
  }

  drawTree() {
    const paths = [...new Set([...this.files.keys(), ...this.changed.keys()])].sort(comparePaths);
    const found = [];
    let folders = [];
    for (const path of paths) {
      const parts = path.split("/");
      const last = parts.pop();
      const depth = parts.findIndex((part, i) => part !== folders[i]);
      for (let i = depth < 0 ? parts.length : depth; i < parts.length; i += 1) {
        found.push(element("div", { className: "folder path", style: `padding-left:${12 + 14 * i}px` }, `${parts[i]}/`));
      }
      folders = parts;
      found.push(this.drawFile(path, last, parts.length));
    }
    $("files").replaceChildren(...found);
  }

  drawFile(path, name, depth) {
    const [kind, more, less] = this.changed.get(path) ?? ["", 0, 0];
    const button = element(
      "button", { type: "button", className: kind, style: `padding-left:${12 + 14 * depth}px`, title: path },
      element("span", { className: "path" }, name), kind ? element("span", { className: "count" }, ...counts([more, less])) : "");
    button.dataset.path = path;
    button.setAttribute("aria-current", String(path === this.path));
    button.onclick = () => {
      this.path = path;
      this.drawTree();
      this.drawCode();
      this.toAddress();
      this.showPane("code");
      document.querySelector("pre").scrollTo(0, 0);
    };
    return button;
  }

  drawCode() {
    const { path } = this;
    const isChanged = this.changed.has(path);
    $("path").textContent = path + (this.files.has(path) ? "" : " (gone with these answers)");
    $("only").hidden = !isChanged;
    const rows = difference((isChanged ? this.before : this.files).get(path) ?? "", this.files.get(path) ?? "");
    const isPartial = isChanged && ($("changes").checked || !this.files.has(path));
    const old = highlighted(path, this.before.get(path) ?? "");
    const fresh = highlighted(path, this.files.get(path) ?? "");
    let [i, j] = [0, 0];
    const drawn = rows.map(([mark]) => {
      if (mark === "-") return [mark, "", old[i++]];
      if (mark === " ") i += 1;
      return [mark, String((j += 1)), fresh[j - 1]];
    });
    const kept = isPartial ? excerpt(drawn) : drawn.filter(([mark]) => mark !== "-");
    $("text").innerHTML = kept.map((row) => {
      if (row === null) return '<span class="row gap" data-line="">⋯\n</span>';
      const [mark, number, code] = row;
      const kind = { "+": " plus", "-": " minus", " ": "" }[mark];
      return `<span class="row${kind}" data-line="${mark === "-" ? "−" : number}">${code}\n</span>`;
    }).join("");
  }

  /** The command that makes this project. */
  get command() {
    const folder = this.folder;
    const given = options(this.shown).map(([name, answer]) => ` -d ${quote(`${name}=${answer}`)}`).join("");
    if ($("program").value === "copier") return `copier copy --defaults${given} ${quote(TEMPLATE.template)} ${folder}`;
    return `tunewright new ${folder}${given || " --defaults"}`;
  }

  get folder() { return this.shown.answers.package_name.replaceAll("_", "-"); }

  drawCommand() { $("command").textContent = this.command; }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.command);
    } catch {
      getSelection().selectAllChildren($("command"));
      document.execCommand("copy");
    }
    $("copy").textContent = "Copied";
    setTimeout(() => { $("copy").textContent = "Copy"; }, 1500);
  }

  download() {
    const modes = project(this.shown.answers, this.shown.recorded, (one) => one.mode);
    const entries = [...this.files].map(([path, text_]) => [`${this.folder}/${path}`, text_, modes.get(path)]);
    const address = URL.createObjectURL(zip(entries));
    element("a", { href: address, download: `${this.folder}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
}

/** Whether a question is a person's to answer, here and not in a terminal alone. */
function isShown(question) {
  return question.when !== false && !TEMPLATE.interview.includes(question.name);
}

/** How many lines came and went. */
function counts([more, less]) {
  return [more ? element("ins", {}, `+${more} `) : "", less ? element("del", {}, `−${less} `) : ""];
}

/** The lines of a file as HTML. */
function highlighted(path, source) {
  const name = path.split("/").at(-1);
  const language = LANGUAGES[name] ?? LANGUAGES[name.split(".").at(-1)] ?? null;
  const html = language
    ? hljs.highlight(source, { language, ignoreIllegals: true }).value
    : source.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);
  // What is open at the end of a line is closed there, and opened again on the next one.
  let open = [];
  return html.replace(/\n$/, "").split("\n").map((line) => {
    const begin = open.join("");
    for (const [tag] of line.matchAll(/<span[^>]*>|<\/span>/g)) {
      if (tag === "</span>") open.pop();
      else open.push(tag);
    }
    return begin + line + "</span>".repeat(open.length);
  });
}

/** The template as it is packed into the page. */
async function unpack() {
  const packed = Uint8Array.from(atob($("data").textContent), (one) => one.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  TEMPLATE = await new Response(stream).json();
}

/** Say what should never happen, rather than do nothing. */
function sayFault(error) {
  $("status").textContent = `This page cannot go on: ${error.message}`;
}

const ready = unpack().then(() => new View());
ready.catch(sayFault);
window.addEventListener("error", (event) => sayFault(event.error));

/** For those who test the page: the functions of the answers. */
window.showcase = { ready, complete, project, options, zip };
