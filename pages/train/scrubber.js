const states = new WeakMap();  // The state of each mounted figure between updates of its data.
const films = new Map();  // The film is sent only when it has changed; the last one of each run is cached.

async function picture(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function draw(figure) {
  const state = states.get(figure), { frames, side } = state.data;
  const at = state.frame, isLatest = at === frames.length - 1;
  const source = isLatest ? state.latest : state.film, top = isLatest ? 0 : at * side;
  figure.querySelectorAll("canvas").forEach((canvas, number) => {
    const context = canvas.getContext("2d"), left = number * side;
    context.drawImage(state.gray, left, 0, side, side, 0, 0, side, side);
    context.drawImage(source, left, top, side, side, 0, side, side, side);
    context.drawImage(state.true, left, 0, side, side, 0, 2 * side, side, side);
  });
  const { epoch, loss } = frames[at], range = figure.querySelector("input");
  range.value = at;
  range.setAttribute("aria-valuetext", `epoch ${epoch}`);
  figure.querySelector("output").innerHTML = `Epoch ${epoch}<small>${loss}</small>`;
  figure.querySelector(".pictures").setAttribute("aria-label", `Test images colorized after epoch ${epoch}`);
}

function stop(figure) {
  clearInterval(states.get(figure).timer);
  states.get(figure).timer = null;
  figure.querySelector("button").classList.remove("playing");
}

function play(figure) {
  const state = states.get(figure);
  if (state.timer) { stop(figure); return; }
  if (state.frame === state.data.frames.length - 1) state.frame = 0;
  figure.querySelector("button").classList.add("playing");
  const pause = Math.max(60, Math.min(400, 6000 / state.data.frames.length));
  state.timer = setInterval(() => {
    if (state.frame < state.data.frames.length - 1) { state.frame += 1; draw(figure); } else stop(figure);
  }, pause);
}

export default async function ({ parentElement, data }) {
  const figure = parentElement.querySelector("figure");
  const before = states.get(figure), isSame = before && before.data.run === data.run;
  const state = isSame ? before : { frame: 0, timer: null };
  if (before && !isSame) stop(figure);
  if (data.film) films.set(data.run, data.film);
  data = { ...data, film: films.get(data.run) || data.latest };
  if (!films.has(data.run)) data.frames = data.frames.slice(-1);
  const order = (state.order || 0) + 1;
  state.order = order;
  const known = (name) => isSame && before.data[name] === data[name] ? before[name] : picture(data[name]);
  const names = ["gray", "true", "film", "latest"];
  const images = await Promise.all(names.map(known));
  if (state.order !== order) return;  // A newer update was faster.
  const follows = !isSame || (!state.timer && state.frame >= state.data.frames.length - 1);
  names.forEach((name, number) => { state[name] = images[number]; });
  state.data = data;
  const last = data.frames.length - 1;
  state.frame = follows ? last : Math.min(state.frame, last);
  states.set(figure, state);

  const grid = figure.querySelector(".pictures");
  while (grid.children.length > data.count) grid.lastChild.remove();
  while (grid.children.length < data.count) grid.append(document.createElement("canvas"));
  for (const canvas of grid.children) {
    if (canvas.width !== data.side || canvas.height !== 3 * data.side) {
      canvas.width = data.side;
      canvas.height = 3 * data.side;
    }
  }
  const range = figure.querySelector("input");
  range.max = last;
  range.oninput = () => { stop(figure); state.frame = Number(range.value); draw(figure); };
  figure.querySelector("button").onclick = () => play(figure);
  draw(figure);
}
