export default function ({ parentElement, data, setTriggerValue }) {
  const part = (name) => parentElement.querySelector(name);
  const picture = part(".picture"), dots = part(".dots"), image = part("img");
  // Ignore replies to earlier edits, which would undo later ones, and do not replace a dot while it is dragged.
  const sent = Number(picture.dataset.sent || 0);
  if (data.revision < sent || picture.dataset.dragging) return;
  if (image.getAttribute("src") !== data.picture) image.src = data.picture;
  image.alt = data.alt;
  part("figure").style.setProperty("--aspect", data.aspect);
  const hints = data.hints.map((hint) => ({ ...hint }));
  const clamp = (value) => Math.min(1, Math.max(0, value));
  const hex = (color) => "#" + color.map((value) => value.toString(16).padStart(2, "0")).join("");
  const send = (index) => {
    picture.dataset.sent = Math.max(data.revision, Number(picture.dataset.sent || 0)) + 1;
    setTriggerValue("edited", { hints, selected: index, revision: Number(picture.dataset.sent) });
  };
  const root = parentElement.getRootNode();
  const hasFocus = dots.contains(parentElement.activeElement || root.activeElement) || picture.dataset.focusNext;
  const place = (event) => {
    const box = picture.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  };
  const add = (x, y) => {
    if (hints.length >= data.limit) return;
    hints.push({ x, y, color: null, reach: data.reach });
    send(hints.length - 1);
  };
  const remove = (index) => { hints.splice(index, 1); send(hints.length ? hints.length - 1 : null); };
  const pickFrom = (x, y) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d");
    context.drawImage(image, -Math.floor(x * image.naturalWidth), -Math.floor(y * image.naturalHeight));
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };

  dots.replaceChildren(...hints.map((hint, index) => {
    const dot = document.createElement("button");
    dot.type = "button";
    dot.className = "dot" + (index === data.selected ? " selected" : "");
    dot.setAttribute("aria-label", `Color hint ${index + 1}, ${hint.name}. Arrow keys move it, Delete removes it.`);
    dot.title = hint.name;
    dot.style.background = hex(hint.color);
    const draw = () => { dot.style.left = `${hint.x * 100}%`; dot.style.top = `${hint.y * 100}%`; };
    draw();
    let start = null;
    dot.onpointerdown = (event) => {
      start = [event.clientX, event.clientY];
      picture.dataset.dragging = "1";
      dot.setPointerCapture(event.pointerId);
    };
    dot.onpointermove = (event) => {
      if (!start) return;
      [hint.x, hint.y] = place(event);
      draw();
    };
    const end = () => {
      if (!start) return;
      start = null;
      delete picture.dataset.dragging;
      send(index);
    };
    dot.onpointerup = dot.onpointercancel = end;
    dot.onclick = (event) => { event.stopPropagation(); if (event.detail === 0) send(index); };
    dot.onkeydown = (event) => {
      const far = event.shiftKey ? 0.05 : 0.01;
      const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
      if (event.key in moves) {
        hint.x = clamp(hint.x + moves[event.key][0]);
        hint.y = clamp(hint.y + moves[event.key][1]);
        draw();
      } else if (event.key === "Delete" || event.key === "Backspace") remove(index);
      else return;
      event.preventDefault();
    };
    dot.onkeyup = (event) => { if (event.key.startsWith("Arrow")) send(index); };
    if (index === data.selected && hasFocus) {
      delete picture.dataset.focusNext;
      queueMicrotask(() => dot.focus({ preventScroll: true }));
    }
    return dot;
  }));

  const selected = hints[data.selected], pick = part(".pick");
  const setPicking = (on) => {
    picture.classList.toggle("picking", on);
    pick.setAttribute("aria-pressed", String(on));
  };
  setPicking(false);
  const paint = (color) => { selected.color = color; send(data.selected); };
  picture.onclick = (event) => {
    if (event.target.closest(".dot")) return;
    if (picture.classList.contains("picking")) paint(pickFrom(...place(event)));
    else add(...place(event));
  };
  part(".help").textContent = selected ? data.suggestionLabel : data.help;
  part(".colors").setAttribute("aria-label", data.suggestionLabel);
  part(".colors").replaceChildren(...data.suggestions.map(({ color, name }) => {
    const swatch = document.createElement("button");
    swatch.type = "button";
    swatch.title = name;
    swatch.style.background = hex(color);
    swatch.setAttribute("aria-label", name);
    swatch.setAttribute("aria-pressed", String(Boolean(selected) && hex(selected.color) === hex(color)));
    swatch.onclick = () => paint(color);
    return swatch;
  }));
  for (const name of [".own", ".pick", ".reach", ".remove", ".colors"]) part(name).hidden = !selected;
  part(".clear").hidden = hints.length < 2;
  const own = part(".own input");
  if (selected) own.value = hex(selected.color);
  own.onchange = () => paint([1, 3, 5].map((from) => Number.parseInt(own.value.slice(from, from + 2), 16)));
  const reach = part(".reach select");
  reach.replaceChildren(...data.reaches.map(({ name, value }) => new Option(name, value)));
  if (selected) reach.value = selected.reach;
  reach.onchange = () => { selected.reach = Number(reach.value); send(data.selected); };
  part(".add").onclick = () => { picture.dataset.focusNext = "1"; add(0.5, 0.5); };
  pick.onclick = () => setPicking(!picture.classList.contains("picking"));
  part(".remove").onclick = () => remove(data.selected);
  part(".clear").onclick = () => { hints.length = 0; send(null); };
}
