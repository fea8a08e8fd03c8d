export default function ({ parentElement, data, setTriggerValue }) {
  const part = (name) => parentElement.querySelector(name);
  const stage = part(".stage"), dots = part(".dots"), picture = part("img");
  // Ignore replies to earlier edits, which would undo later ones, and do not replace a dot while it is dragged.
  const sent = Number(stage.dataset.sent || 0);
  if (data.revision < sent || stage.dataset.dragging) return;
  picture.src = data.picture;
  picture.alt = data.alt;
  part("figure").style.setProperty("--aspect", data.aspect);
  const hints = data.hints.map((hint) => ({ ...hint }));
  const clamp = (value) => Math.min(1, Math.max(0, value));
  const hex = (color) => "#" + color.map((value) => value.toString(16).padStart(2, "0")).join("");
  const send = (index) => {
    stage.dataset.sent = Math.max(data.revision, Number(stage.dataset.sent || 0)) + 1;
    setTriggerValue("edited", { hints, selected: index, revision: Number(stage.dataset.sent) });
  };
  const focused = dots.contains(parentElement.activeElement || parentElement.getRootNode().activeElement);
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  };
  const remove = (index) => { hints.splice(index, 1); send(hints.length ? hints.length - 1 : null); };

  dots.replaceChildren(...hints.map((hint, index) => {
    const dot = document.createElement("button");
    dot.type = "button";
    dot.className = "dot" + (index === data.selected ? " selected" : "");
    dot.setAttribute("aria-label", `Color hint ${index + 1}, ${hex(hint.color)}`);
    dot.style.background = hex(hint.color);
    const draw = () => { dot.style.left = `${hint.x * 100}%`; dot.style.top = `${hint.y * 100}%`; };
    draw();
    let start = null;
    dot.onpointerdown = (event) => {
      start = [event.clientX, event.clientY];
      stage.dataset.dragging = "1";
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
      delete stage.dataset.dragging;
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
    if (index === data.selected && focused) queueMicrotask(() => dot.focus({ preventScroll: true }));
    return dot;
  }));
  stage.onclick = (event) => {
    if (event.target.closest(".dot") || hints.length >= data.limit) return;
    const [x, y] = place(event);
    hints.push({ x, y, color: null });
    send(hints.length - 1);
  };

  const selected = hints[data.selected];
  const paint = (color) => { selected.color = color; send(data.selected); };
  part(".help").textContent = selected ? data.suggestionLabel : data.help;
  part(".colors").setAttribute("aria-label", data.suggestionLabel);
  part(".colors").replaceChildren(...data.suggestions.map((color) => {
    const swatch = document.createElement("button");
    swatch.type = "button";
    swatch.style.background = hex(color);
    swatch.setAttribute("aria-label", hex(color));
    swatch.setAttribute("aria-pressed", String(selected && hex(selected.color) === hex(color)));
    swatch.onclick = () => paint(color);
    return swatch;
  }));
  for (const name of [".own", ".remove", ".colors"]) part(name).hidden = !selected;
  part(".clear").hidden = hints.length < 2;
  const own = part(".own input");
  if (selected) own.value = hex(selected.color);
  own.onchange = () => paint([1, 3, 5].map((from) => parseInt(own.value.slice(from, from + 2), 16)));
  part(".remove").onclick = () => remove(data.selected);
  part(".clear").onclick = () => { hints.length = 0; send(null); };
}
