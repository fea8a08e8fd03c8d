export default function ({ parentElement, data, setTriggerValue }) {
  const part = (name) => parentElement.querySelector(name);
  const figure = part("figure"), view = part(".view"), range = part("input"), after = part(".after");
  for (const side of ["before", "after"]) {
    if (part(`.${side}`).getAttribute("src") !== data[side]) part(`.${side}`).src = data[side];
    part(`.${side}`).alt = data.alt[side];
  }
  part(".left").textContent = data.tags[0];
  part(".right").textContent = data.tags[1];
  range.setAttribute("aria-label", data.label);
  figure.classList.toggle("full", data.full);
  figure.classList.toggle("stage", data.stage);
  figure.style.setProperty("--aspect", data.aspect);
  figure.style.setProperty("--full", `${data.width / window.devicePixelRatio}px`);
  const move = () => {
    figure.style.setProperty("--split", `${range.value}%`);
    const edge = view.scrollLeft + (view.clientWidth * range.value) / 100;
    figure.style.setProperty("--cut", data.full ? `${edge}px` : `${range.value}%`);
  };
  range.oninput = move;
  view.onscroll = move;
  after.onload = () => {
    if (data.full && view.dataset.shown !== "full") {
      view.scrollLeft = (view.scrollWidth - view.clientWidth) / 2;
      view.scrollTop = (view.scrollHeight - view.clientHeight) / 2;
    }
    view.dataset.shown = data.full ? "full" : "fit";
    move();
  };
  let grip = null;
  view.onpointerdown = (event) => {
    if (!data.full || event.pointerType !== "mouse") return;
    grip = { x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
    view.setPointerCapture(event.pointerId);
  };
  view.onpointermove = (event) => {
    if (grip) view.scrollTo(grip.x - event.clientX, grip.y - event.clientY);
  };
  view.onpointerup = view.onpointercancel = () => { grip = null; };

  const zoom = part(".zoom"), copy = part(".copy"), screen = part(".screen");
  zoom.hidden = !data.zoomable;
  zoom.textContent = data.full ? "Whole picture" : "100%";
  zoom.onclick = () => setTriggerValue("zoom", true);
  copy.hidden = !data.stage || !navigator.clipboard?.write;
  copy.onclick = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = after.naturalWidth;
    canvas.height = after.naturalHeight;
    canvas.getContext("2d").drawImage(after, 0, 0);
    const blob = new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
    const done = navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    copy.textContent = await done.then(() => "Copied", () => "Not allowed");
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  };
  screen.hidden = !data.stage || !document.fullscreenEnabled;
  const isFullScreen = () => figure.matches(":fullscreen");
  screen.onclick = () => (isFullScreen() ? document.exitFullscreen() : figure.requestFullscreen());
  figure.onfullscreenchange = () => { screen.textContent = isFullScreen() ? "Exit full screen" : "Full screen"; };
  move();
  const observer = new ResizeObserver(move);
  observer.observe(view);
  return () => observer.disconnect();
}
