// Files dropped anywhere on the page go to the uploader. Files of a dropped folder keep their path: the uploader's
// library puts it into `path`, while Streamlit reads `webkitRelativePath`, which browsers fill in only for chosen
// folders.
const native = Object.getOwnPropertyDescriptor(File.prototype, "webkitRelativePath");
Object.defineProperty(File.prototype, "webkitRelativePath", {
  configurable: true,
  get() {
    const path = native.get.call(this) || (this.path || "").replace(/^(\.?\/)+/, "");
    return path.includes("/") ? path : "";
  },
});

export default function ({ parentElement, data }) {
  const overlay = parentElement.querySelector(".overlay");
  overlay.firstElementChild.textContent = data.label;
  const zone = () => document.querySelector(`${data.uploader} [data-testid="stFileUploaderDropzone"]`);
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const show = (on) => { overlay.hidden = !on; };
  const enter = (event) => { if (hasFiles(event)) show(++depth > 0); };
  const leave = (event) => { if (hasFiles(event)) show(--depth > 0); };
  const over = (event) => { if (hasFiles(event)) event.preventDefault(); };
  const drop = (event) => {
    depth = 0;
    show(false);
    const target = zone();
    if (!hasFiles(event) || !target || event.target.closest?.('[data-testid="stFileUploaderDropzone"]')) return;
    event.preventDefault();
    target.dispatchEvent(new DragEvent("drop", { dataTransfer: event.dataTransfer, bubbles: true, cancelable: true }));
  };
  const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop };
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener);
  };
}
