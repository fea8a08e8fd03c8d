const SVG = "http://www.w3.org/2000/svg";

function element(name, text) {
  const node = document.createElement(name);
  node.textContent = text;
  return node;
}

// A line through values from 0 to 1, without axes.
function sparkline(values) {
  const svg = document.createElementNS(SVG, "svg"), line = document.createElementNS(SVG, "polyline");
  svg.setAttribute("viewBox", `0 0 ${values.length - 1} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("points", values.map((value, index) => `${index},${1 - value}`).join(" "));
  svg.append(line);
  return svg;
}

export default function ({ parentElement, data }) {
  const groups = data.figures.map(({ label, value, note, help, values }) => {
    const group = document.createElement("div"), figure = element("dd", value);
    if (help) group.title = help;
    if (note) figure.append(element("small", note));
    group.append(element("dt", label), figure);
    if (values.length > 1) group.append(sparkline(values));
    return group;
  });
  parentElement.querySelector("dl").replaceChildren(...groups);
}
