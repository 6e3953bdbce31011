// A figure that is folded has no size until it is shown.
for (const part of document.querySelectorAll("details")) {
  part.ontoggle = () => dispatchEvent(new Event("resize"));
}

// Tables of trials: sorted by a click on a head, searched, with commands to copy.
for (const box of document.querySelectorAll(".trials")) {
  const body = box.querySelector("tbody");
  const heads = [...box.querySelectorAll("th[aria-sort]")];
  const output = box.querySelector("output");

  // Numbers come first, then texts, then what a trial lacks, in either direction.
  const compare = (one, other, factor) => {
    const [a, b] = [one, other].map((cell) => Number(cell.dataset.number ?? NaN));
    const [s, t] = [one, other].map((cell) => cell.textContent);
    const rank = (number, text) => (text === "-" ? 2 : isNaN(number) ? 1 : 0);
    return (
      rank(a, s) - rank(b, t) ||
      factor * (isNaN(a) ? s.localeCompare(t) : Math.sign(a - b))
    );
  };

  for (const head of heads) {
    head.firstElementChild.onclick = () => {
      const ascending = head.ariaSort !== "ascending";
      for (const other of heads) other.ariaSort = "none";
      head.ariaSort = ascending ? "ascending" : "descending";
      const cell = (row) => row.cells[head.cellIndex];
      const factor = ascending ? 1 : -1;
      body.append(...[...body.rows].sort((a, b) => compare(cell(a), cell(b), factor)));
    };
  }

  box.querySelector("input").oninput = (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/);
    for (const row of body.rows) {
      const cells = [...row.cells].slice(1); // the first has the button
      const text = cells.map((cell) => cell.textContent.toLowerCase()).join(" ");
      row.hidden = !words.every((word) => text.includes(word));
    }
    const found = [...body.rows].filter((row) => !row.hidden).length;
    output.textContent = `${found} of ${body.rows.length}`;
  };

  for (const button of box.querySelectorAll(".copy")) {
    button.onclick = async () => {
      try {
        await navigator.clipboard.writeText(button.title);
        output.textContent = `Copied: ${button.title}`;
      } catch {
        output.textContent = button.title; // to copy by hand
      }
    };
  }
}
