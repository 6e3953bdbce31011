// What differs between two texts, line by line.

/** Every line of both texts, as [mark, line]: " " in both, "-" in the old one, "+" in the new one. */
function difference(old, fresh) {
  const [a, b] = [old, fresh].map((one) => (one ? one.replace(/\n$/, "").split("\n") : []));
  let begin = 0;
  while (begin < a.length && begin < b.length && a[begin] === b[begin]) begin += 1;
  let end = 0;
  while (end < a.length - begin && end < b.length - begin && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const middle = between(a.slice(begin, a.length - end), b.slice(begin, b.length - end));
  const same = (line) => [" ", line];
  return [...a.slice(0, begin).map(same), ...middle, ...a.slice(a.length - end).map(same)];
}

/** The same by the longest common subsequence. */
function between(a, b) {
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[i] === b[j]
        ? longest[(i + 1) * width + j + 1] + 1
        : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      found.push([" ", a[i]]);
      [i, j] = [i + 1, j + 1];
    } else if (j === b.length || (i < a.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      found.push(["-", a[i]]);
      i += 1;
    } else {
      found.push(["+", b[j]]);
      j += 1;
    }
  }
  return found;
}

/** The lines near a change; null stands for those that are left out. */
function excerpt(rows, context = 3) {
  const near = rows.map((_, i) => rows.slice(Math.max(0, i - context), i + context + 1).some(([mark]) => mark !== " "));
  const found = [];
  rows.forEach((row, i) => {
    if (near[i]) found.push(row);
    else if (found.length && found.at(-1) !== null) found.push(null);
  });
  return found.at(-1) === null ? found.slice(0, -1) : found;
}

/** How two projects differ: for each path that is not the same in both, [kind, lines added, lines removed]. */
function changes(old, fresh) {
  const found = new Map();
  for (const path of new Set([...old.keys(), ...fresh.keys()])) {
    if (old.get(path) === fresh.get(path)) continue;
    const rows = difference(old.get(path) ?? "", fresh.get(path) ?? "");
    const count = (mark) => rows.filter(([one]) => one === mark).length;
    const kind = !old.has(path) ? "added" : !fresh.has(path) ? "removed" : "changed";
    found.set(path, [kind, count("+"), count("-")]);
  }
  return found;
}
