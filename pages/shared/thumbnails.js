function create(id) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.id = id;
  for (const [kind, name] of [["img", "thumbnail"], ["span", "blank"], ["span", "label"], ["span", "detail"]]) {
    const element = document.createElement(kind);
    element.className = name;
    button.append(element);
  }
  button.querySelector("img").alt = "";
  return button;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const group = parentElement.querySelector(".thumbnails");
  group.className = `thumbnails ${data.layout}`;
  group.setAttribute("aria-label", data.label);
  group.style.setProperty("--count", data.items.length);
  group.style.setProperty("--rows", Math.ceil(data.items.length / 2));
  group.style.setProperty("--min", data.width);
  group.style.setProperty("--aspect", data.aspect);
  const existing = new Map([...group.children].map((button) => [button.dataset.id, button]));
  const buttons = data.items.map((item) => {
    const button = existing.get(item.id) || create(item.id);
    const picture = button.querySelector("img");
    if (item.picture && picture.getAttribute("src") !== item.picture) picture.src = item.picture;
    picture.hidden = !item.picture;
    button.querySelector(".blank").hidden = Boolean(item.picture);
    for (const name of ["label", "detail"]) {
      button.querySelector(`.${name}`).textContent = item[name];
      button.querySelector(`.${name}`).hidden = !item[name];
    }
    button.title = item.title || "";
    button.setAttribute("aria-pressed", String(item.id === data.selected));
    button.onclick = () => setTriggerValue("picked", item.id);
    return button;
  });
  if (buttons.some((button, index) => group.children[index] !== button) || group.children.length !== buttons.length) {
    group.replaceChildren(...buttons);
  }
  group.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const index = buttons.indexOf(event.target.closest("button"));
    if (!step || index < 0) return;
    buttons[Math.min(buttons.length - 1, Math.max(0, index + step))].focus();
    event.preventDefault();
  };
  const selected = buttons.find((button) => button.dataset.id === data.selected);
  if (data.layout === "strip" && selected && group.dataset.selected !== data.selected) {
    group.scrollLeft = selected.offsetLeft - (group.clientWidth - selected.clientWidth) / 2;
    group.dataset.selected = data.selected;
  }
}
