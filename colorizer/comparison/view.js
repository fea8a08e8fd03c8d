// The behavior of the rows of pictures and of the metrics table, on the Compare page and in the report.

// Activate everything inside `root`. `address` gets and sets parameters of the page's URL, so that a view can be linked.

function activate(root, address) {
  root.querySelectorAll(".rows").forEach((rows) => activateRows(rows, address));
  root.querySelectorAll("table.metrics").forEach((table) => activateTable(table, address));
}

function activateRows(rows, address) {
  const buttons = [...rows.querySelectorAll(".switch button")];
  const show = (view) => {
    rows.dataset.view = view;
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.view === view);
    address.set("view", view === "colors" ? null : view);
  };
  for (const button of buttons) button.onclick = () => show(button.dataset.view);
  if (buttons.length && address.get("view") === "errors") show("errors");

  const dialog = rows.querySelector("dialog"), all = [...rows.querySelectorAll(".row")];
  let current = 0;
  const open = (number) => {
    current = (number + all.length) % all.length;
    const cells = [...all[current].querySelectorAll(".cell")];
    dialog.querySelector("h3").textContent = all[current].dataset.name;
    dialog.querySelector(".place").textContent = `${current + 1} of ${all.length}`;
    const large = dialog.querySelector(".large");
    large.replaceChildren(...cells.map((cell) => cell.cloneNode(true)));
    large.style.setProperty("--least", cells.length > 5 || innerWidth < 640 ? "8rem" : "12rem");
    dialog.toggleAttribute("data-errors", large.querySelector(".errors") !== null);
    address.set("row", current + 1);
    if (!dialog.open) dialog.showModal();
  };
  all.forEach((row, number) => { row.onclick = () => open(number); });
  dialog.querySelector(".previous").onclick = () => open(current - 1);
  dialog.querySelector(".next").onclick = () => open(current + 1);
  dialog.querySelector(".close").onclick = () => dialog.close();
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  dialog.onclose = () => { address.set("row", null); all[current].focus(); };
  dialog.onkeydown = (event) => {
    if (event.key === "ArrowLeft") open(current - 1);
    if (event.key === "ArrowRight") open(current + 1);
  };
  const requested = Number(address.get("row"));
  if (requested >= 1 && requested <= all.length) open(requested - 1);
}

function activateTable(table, address) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const value = (row, column) => {
    const text = row.cells[column].dataset.value;
    return column === 0 ? text.toLowerCase() : text === "" ? Infinity : Number(text);
  };
  const sort = (column, descending) => {
    const rows = [...body.rows].sort((one, other) => {
      const left = value(one, column), right = value(other, column);
      if (left === Infinity || right === Infinity) return (left === Infinity) - (right === Infinity);
      return (left < right ? -1 : left > right ? 1 : 0) * (descending ? -1 : 1);
    });
    body.append(...rows);
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
    address.set("order", (descending ? "-" : "") + heads[column].firstElementChild.dataset.column);
  };
  heads.forEach((head, column) => {
    head.firstElementChild.onclick = () => sort(column, head.getAttribute("aria-sort") === "ascending");
  });
  const requested = address.get("order") || "";
  const column = heads.findIndex((head) => head.firstElementChild.dataset.column === requested.replace(/^-/, ""));
  if (column >= 0) sort(column, requested.startsWith("-"));
}

// The Streamlit component: `data.html` is what `render` made.
const shown = new WeakMap();  // The HTML in each mounted view, which is only replaced when it changes.

const address = {
  get: (name) => new URLSearchParams(location.search).get(name),
  set: (name, value) => {
    const url = new URL(location.href);
    if (value === null) url.searchParams.delete(name); else url.searchParams.set(name, value);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  },
};

export default function ({ parentElement, data }) {
  const view = parentElement.querySelector(".view");
  if (shown.get(view) === data.html) return;
  shown.set(view, data.html);
  view.innerHTML = data.html;
  activate(view, address);
}
