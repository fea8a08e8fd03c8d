// Two pictures that are themselves the buttons, and the keys that press them.
//
// Streamlit's own shortcuts also act while another tab is open, repeat while a key is held down, and keep Space from
// pressing other buttons. Here a key counts once, only while the pictures are visible, and never where another element
// with the focus needs it. The browser also measures the response time best.

const boards = new WeakMap();  // The state of each mounted figure between two updates of its data.
const KEYS = { ArrowLeft: "left", ArrowRight: "right", " ": "tie" };
const FLASH_MS = 100;  // How long the pressed picture is highlighted.
const USES_KEYS = "a[href], button, input, select, summary, textarea, [contenteditable=true], [role=combobox], " +
  "[role=menuitem], [role=option], [role=radio], [role=slider], [role=tab]";

function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

async function show(figure, board, pair) {
  board.requested = pair.number;
  const images = pair.pictures.map((url) => Object.assign(new Image(), { src: url }));
  await Promise.all(images.map((image) => image.decode()));
  if (board.requested !== pair.number) return;  // A newer pair was requested meanwhile.
  figure.classList.toggle("small", pair.small);
  figure.classList.toggle("wide", pair.aspect > 1.2);
  figure.style.setProperty("--aspect", pair.aspect);
  figure.style.setProperty("--widest", `${pair.widest}px`);
  figure.querySelectorAll(".picture img").forEach((image, side) => { image.src = pair.pictures[side]; });
  if (board.shown === undefined) {  // On a phone, the page header leaves no room for two pictures.
    const fits = figure.offsetHeight < 0.9 * window.innerHeight;
    figure.scrollIntoView({ block: fits ? "nearest" : "start", behavior: "smooth" });
  }
  board.shown = pair.number;
  board.shownAt = performance.now();
  takeFocus(figure);
  updateBusy(figure, board);
}

function reveal(figure, last) {
  figure.querySelector(".last").classList.toggle("known", Boolean(last));
  if (!last) return;
  figure.querySelectorAll(".who").forEach((who, place) => {
    who.classList.toggle("won", last.decided && place === 0);
    who.querySelector("img").src = last.pictures[place];
    who.querySelector("b").textContent = last.names[place];
  });
  figure.querySelector(".verdict").textContent = last.verdict;
}

function updateBusy(figure, board) {
  figure.ariaBusy = String(Boolean(board.waiting) || board.shown !== board.data.current.number);
}

// A button clicked with the mouse keeps the focus and would receive the next key press.
function takeFocus(figure) {
  if (figure.getClientRects().length && !focused()?.matches(":focus-visible")) figure.focus({ preventScroll: true });
}

// Show the next pair at once; it accepts an answer as soon as the server has received this one.
async function answer(figure, board, button) {
  const { current, upcoming } = board.data, number = board.shown;
  if (board.waiting || number !== current.number) return;
  board.waiting = true;
  updateBusy(figure, board);
  const milliseconds = Math.round(performance.now() - board.shownAt);
  board.send("answer", { number, answer: button.dataset.answer, milliseconds });
  button.classList.add("chosen");
  figure.classList.add("leaving");
  await new Promise((done) => setTimeout(done, FLASH_MS));
  if (upcoming && board.shown === number && board.requested === number) await show(figure, board, upcoming);
  button.classList.remove("chosen");
  figure.classList.remove("leaving");
}

function mount(figure, board) {
  const press = (event) => {
    const key = KEYS[event.key], path = event.composedPath(), isOurs = path.includes(figure);
    if (!key || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.defaultPrevented || !figure.getClientRects().length) return;
    if (!isOurs && path.some((element) => element.matches?.(USES_KEYS))) return;
    event.preventDefault();
    if (!event.repeat) answer(figure, board, figure.querySelector(`[data-answer=${key}]`));
  };
  for (const button of figure.querySelectorAll("button")) button.onclick = () => answer(figure, board, button);
  figure.onkeyup = (event) => { if (event.key === " ") event.preventDefault(); };  // Firefox presses buttons on keyup.
  document.addEventListener("keydown", press);
  const observer = new ResizeObserver(() => takeFocus(figure));  // Also fires when the tab is opened.
  observer.observe(figure);
  board.unmount = () => { document.removeEventListener("keydown", press); observer.disconnect(); boards.delete(figure); };
}

export default function ({ parentElement, data, setTriggerValue }) {
  const figure = parentElement.querySelector("figure");
  if (!boards.has(figure)) {
    boards.set(figure, {});
    mount(figure, boards.get(figure));
  }
  const board = boards.get(figure);
  if (board.data?.turn !== data.turn) board.waiting = false;
  board.data = data;
  board.send = setTriggerValue;
  reveal(figure, data.last);
  if (board.requested !== data.current.number) show(figure, board, data.current);
  updateBusy(figure, board);
  return () => { if (!figure.isConnected) board.unmount(); };
}
