// Ask without leaving the start page. Everything here also works without it, by plain links and
// forms. Text of the graph only ever becomes text nodes.

const editor = document.getElementById("editor");

if (editor) {
  const run = document.getElementById("run");
  run.hidden = false;
  run.addEventListener("click", () => show());
  for (const form of document.querySelectorAll("form.question")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
    const link = form.closest("li").querySelector("h4 a");
    link.addEventListener("click", (event) => {
      const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
      if (opensElsewhere || !form.checkValidity()) return;
      event.preventDefault();
      ask(form);
    });
  }
}

async function ask(form) {
  const values = new URLSearchParams(new FormData(form));
  const response = await reach(`${form.action}/query?${values}`);
  if (response === null) return;
  if (!response.ok) return present(await trouble(response));
  editor.elements.query.value = await response.text();
  await show();
}

async function show() {
  present([element("p", "Asking …")]);
  const response = await reach(editor.action, {
    method: "POST",
    headers: { Accept: "application/sparql-results+json, text/turtle;q=0.5" },
    body: new URLSearchParams({ query: editor.elements.query.value }),
  });
  if (response === null) return;
  if (!response.ok) return present(await trouble(response));
  if (response.headers.get("content-type").startsWith("text/turtle")) {
    return present([element("pre", await response.text())]);
  }
  const results = await response.json();
  present("boolean" in results ? [element("p", results.boolean ? "Yes." : "No.")] : table(results));
}

async function reach(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    present([element("p", "The server cannot be reached. Try again in a moment.", "problem")]);
    return null;
  }
}

async function trouble(response) {
  try {
    const problem = await response.json();
    const box = element("div", "", "problem");
    box.append(element("p", `${problem.title}. ${problem.detail}`), element("p", problem.remedy));
    return [box];
  } catch {
    return [element("p", `The server answered with status ${response.status}.`, "problem")];
  }
}

const NOTHING_FOUND = "Nothing in the graph answers this. Check that each id is spelled as in the graph.";

function table(results) {
  const names = results.head.vars;
  const rows = results.results.bindings;
  const head = element("tr");
  for (const name of names) {
    const cell = element("th", name);
    cell.scope = "col";
    head.append(cell);
  }
  const body = element("tbody");
  for (const row of rows) {
    const line = element("tr");
    for (const name of names) line.append(cellOf(row[name]));
    body.append(line);
  }
  const top = element("thead");
  top.append(head);
  const whole = element("table");
  whole.append(top, body);
  const scroll = element("div", "", "scroll");
  scroll.tabIndex = 0;
  scroll.append(whole);
  const count = `${rows.length} ${rows.length === 1 ? "row" : "rows"}.`;
  const hint = rows.length === 0 ? ` ${NOTHING_FOUND}` : "";
  return [element("p", count + hint), scroll];
}

function cellOf(term) {
  const cell = element("td");
  if (term === undefined) return cell;
  const text = term.type === "uri" ? compact(term.value) : textOf(term);
  const toWords = term.value.includes("#:~:text=");
  const isAddress = term.type === "uri" || (term.datatype ?? "").endsWith("#anyURI");
  if (isAddress && isSafe(term.value)) {
    const link = element("a", toWords ? `at the words, ${new URL(term.value).host}` : text);
    link.href = term.value;
    link.title = term.value;
    link.rel = "noopener noreferrer";
    cell.append(link);
  } else {
    cell.textContent = text;
    if (term["xml:lang"]) cell.title = term["xml:lang"];
  }
  return cell;
}

function textOf(term) {
  if (term.type === "bnode") return `_:${term.value}`;
  if (term.type !== "triple") return term.value;
  const { subject, predicate, object } = term.value;
  return `<<( ${[subject, predicate, object].map(textOf).join(" ")} )>>`;
}

function compact(iri) {
  let best = null;
  for (const entry of document.querySelectorAll(".prefixes div")) {
    const space = entry.querySelector("dd").textContent;
    const isLonger = best === null || space.length > best.space.length;
    if (iri.startsWith(space) && isLonger) {
      best = { space, prefix: entry.querySelector("dt").textContent };
    }
  }
  return best === null ? iri : best.prefix + iri.slice(best.space.length);
}

function isSafe(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function present(nodes) {
  const section = document.getElementById("result");
  section.hidden = false;
  document.getElementById("answer").replaceChildren(...nodes);
  document.getElementById("result-title").focus();
}
