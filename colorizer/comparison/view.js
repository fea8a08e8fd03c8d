// What a click does in rows of pictures and in tables. `root` holds them; `address` keeps what is looked at in the
// page's address, where there is one.

function enliven(root, address) {
  root.querySelectorAll(".rows").forEach((rows) => enlivenRows(rows, address));
  root.querySelectorAll("table.figures").forEach((table) => enlivenTable(table, address));
}

function enlivenRows(rows, address) {
  const buttons = [...rows.querySelectorAll(".switch button")];
  const show = (view) => {
    rows.dataset.view = view;
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.view === view);
    address.set("view", view === "colors" ? null : view);
  };
  for (const button of buttons) button.onclick = () => show(button.dataset.view);
  if (buttons.length && address.get("view") === "errors") show("errors");

  const dialog = rows.querySelector("dialog"), all = [...rows.querySelectorAll(".row")];
  let at = 0;
  const open = (number) => {
    at = (number + all.length) % all.length;
    const cells = [...all[at].querySelectorAll(".cell")];
    dialog.querySelector("h3").textContent = all[at].dataset.name;
    dialog.querySelector(".place").textContent = `${at + 1} of ${all.length}`;
    const large = dialog.querySelector(".large");
    large.replaceChildren(...cells.map((cell) => cell.cloneNode(true)));
    large.style.setProperty("--least", cells.length > 5 || innerWidth < 640 ? "8rem" : "12rem");
    dialog.toggleAttribute("data-errors", large.querySelector(".errors") !== null);
    address.set("row", at + 1);
    if (!dialog.open) dialog.showModal();
  };
  all.forEach((row, number) => { row.onclick = () => open(number); });
  dialog.querySelector(".previous").onclick = () => open(at - 1);
  dialog.querySelector(".next").onclick = () => open(at + 1);
  dialog.querySelector(".close").onclick = () => dialog.close();
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  dialog.onclose = () => { address.set("row", null); all[at].focus(); };
  dialog.onkeydown = (event) => {
    if (event.key === "ArrowLeft") open(at - 1);
    if (event.key === "ArrowRight") open(at + 1);
  };
  const wanted = Number(address.get("row"));
  if (wanted >= 1 && wanted <= all.length) open(wanted - 1);
}

function enlivenTable(table, address) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const value = (row, column) => {
    const text = row.cells[column].dataset.value;
    return column === 0 ? text.toLowerCase() : text === "" ? Infinity : Number(text);
  };
  const sort = (column, falls) => {
    const rows = [...body.rows].sort((one, other) => {
      const left = value(one, column), right = value(other, column);
      if (left === Infinity || right === Infinity) return (left === Infinity) - (right === Infinity);
      return (left < right ? -1 : left > right ? 1 : 0) * (falls ? -1 : 1);
    });
    body.append(...rows);
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", falls ? "descending" : "ascending");
    address.set("order", (falls ? "-" : "") + heads[column].firstElementChild.dataset.column);
  };
  heads.forEach((head, column) => {
    head.firstElementChild.onclick = () => sort(column, head.getAttribute("aria-sort") === "ascending");
  });
  const wanted = address.get("order") || "";
  const column = heads.findIndex((head) => head.firstElementChild.dataset.column === wanted.replace(/^-/, ""));
  if (column >= 0) sort(column, wanted.startsWith("-"));
}
