// The questions, asked as Copier asks them: each with the answers before it.

/** Yes or no, by the same rules as Copier's. */
function yes(value) {
  if (typeof value === "boolean") return value;
  const word = text(value).trim().toLowerCase();
  if (word && !Number.isNaN(Number(word))) return Number(word) !== 0;
  return !["", "n", "no", "f", "false", "off", "~", "null", "none"].includes(word);
}

class Refused extends Error {}

/** What is recorded where a person has answered everything. */
class Everything extends Map {
  has() { return true; }
}

/** A question after the answers before it. */
class Question {
  constructor(details, context) {
    Object.assign(this, details);
    this.context = context;
    this.type = render(details.type, this.context);
    /** Whether an answer that a person gives is taken. */
    this.isSettable = yes(render(details.when, within(this.context, { _copier_answers: new Everything() })));
    /** Whether the default is recorded, too. */
    this.isRecorded = yes(render(details.when, this.context));
    this.choices = this.readChoices(details.choices);
    this.default = this.parse(render(details.defaultValue, this.context));
  }

  readChoices(choices) {
    if (this.type === "bool") {
      return [true, false].map((value) => ({ words: value ? "yes" : "no", value, disabled: "" }));
    }
    const listed = typeof choices === "object" && choices.js
      ? [...parseYaml(render(choices, this.context))].map(([words, value]) => (
        value instanceof Map
          ? { words, value: value.get("value"), validator: value.get("validator") }
          : { words, value, validator: "" }))
      : choices;
    return listed.map(({ words, value, validator }) => (
      { words, value: this.cast(value), disabled: render(validator, this.context).trim() }));
  }

  cast(answer) {
    if (!isText(answer)) return answer;
    if (this.type === "bool") return yes(answer);
    if (this.type === "int") return BigInt(answer);
    if (this.type === "float") return Number(answer);
    return this.type === "yaml" || this.type === "json" ? parseYaml(answer) : answer;
  }

  /** An answer as templates get it; Refused says why it cannot be one. */
  parse(answer) {
    if (!this.multiselect) return this.parseOne(answer);
    const given = (isText(answer) ? parseYaml(answer) : answer).map((one) => this.parseOne(one));
    return this.choices.map((choice) => choice.value).filter((value) => contains(given, value));
  }

  parseOne(answer) {
    const found = this.cast(answer);
    if (this.type === "bool" || !this.choices.length) return found;
    const choice = this.choices.find((one) => equal(one.value, found));
    if (!choice) throw new Refused(`${text(answer)} is not a choice here`);
    if (choice.disabled) throw new Refused(choice.disabled);
    return found;
  }

  /** What is wrong with an answer that is of the right type; nothing if it can be given. */
  objection(answer) {
    return render(this.validator, within(this.context, { [this.name]: answer })).replace(/\s+/g, " ").trim();
  }

  /** An answer that is valid, as templates get it. */
  take(answer) {
    const found = this.parse(answer);
    const objection = this.objection(found);
    if (objection) throw new Refused(objection);
    return found;
  }

  /** Why a choice cannot be made; nothing if it can. */
  whyNot(choice) {
    if (choice.disabled || this.multiselect) return choice.disabled;
    return this.objection(choice.value);
  }
}

/**
 * An answer to every question: the one that is given where it can be, else the default.
 *
 * @param {Object} given Answers by question, which need not all fit.
 * @returns Every question, all answers, those that Copier records, and why others were refused.
 */
function complete(given) {
  const [answers, recorded, refused, questions] = [{}, {}, {}, {}];
  const context = contextOf({}, {});
  for (const details of TEMPLATE.questions) {
    const { name } = details;
    const question = new Question(details, context);
    questions[name] = question;
    answers[name] = question.default;
    let isRecorded = question.isRecorded;
    if (name in given) {
      try {
        answers[name] = question.take(given[name]);
        isRecorded = question.isSettable;
      } catch (error) {
        if (!(error instanceof Refused || error instanceof NotYaml)) throw error;
        refused[name] = error.message;
      }
    }
    // A question cannot depend on those after it, so all may have the same context.
    context[name] = answers[name];
    if (isRecorded) {
      recorded[name] = answers[name];
      context._copier_answers.set(name, answers[name]);
    }
  }
  return { questions, answers, recorded, refused };
}

/** Those of the answers that are no defaults, as they are written after `-d`. */
function options({ questions, recorded }) {
  const differing = Object.entries(recorded).filter(
    ([name, answer]) => !equal(answer, questions[name].default));
  return differing.map(([name, answer]) => [name, written(answer)]);
}

/** An answer as a person may type it. */
function written(answer) {
  return isText(answer) ? answer : answer === null ? "null" : inFlow(answer);
}

/** YAML on one line. */
function inFlow(value) {
  if (Array.isArray(value)) return `[${value.map(inFlow).join(", ")}]`;
  if (value instanceof Map) return `{${[...value].map(([name, one]) => `${inFlow(name)}: ${inFlow(one)}`).join(", ")}}`;
  if (isText(value)) return /^[\w.-]+$/.test(value) && isText(scalar(value)) ? value : jsonText(value, true);
  return yamlScalar(value);
}
