/* Python blocks that run: Pyodide in a worker, with the wheel of this site. A page is one program, in order. */
(() => {
  "use strict";
  const { pyodide, wheel } = document.currentScript.dataset;
  const here = document.currentScript.src;
  const settings = { pyodide, wheel: new URL(wheel, here).href };
  const cells = [];
  let worker = null;
  let busy = null;

  const element = (tag, name, attributes = {}) =>
    Object.assign(document.createElement(tag), { className: name }, attributes);

  function show(cell, kind, text) {
    if (kind === "again") cell.output.replaceChildren();
    else if (kind === "status") cell.status.textContent = text;
    else if (kind === "picture") {
      const picture = element("img", "live-picture", { alt: "Figure drawn by this code" });
      picture.src = URL.createObjectURL(new Blob([text], { type: "image/png" }));
      cell.output.append(picture);
    } else {
      const last = cell.output.lastElementChild;
      const part = last?.dataset.kind === kind ? last : element("pre", `live-${kind}`);
      part.dataset.kind = kind;
      part.append(text);
      cell.output.append(part);
    }
  }

  function end() {
    worker?.terminate();
    worker = null;
    for (const cell of cells) cell.done = false;
  }

  function started(cell) {
    worker ??= new Worker(new URL("live-worker.js", here), { type: "module" });
    return new Promise((resolve) => {
      busy = { cell, resolve };
      worker.onerror = () => {
        show(cell, "error", "No worker could be started. Open this page from a web server, not from a file: python -m http.server");
        end();
        resolve(false);
      };
      worker.onmessage = ({ data: { kind, text } }) => {
        if (kind === "end") resolve(text);
        else show(cell, kind, text);
      };
      worker.postMessage({ ...settings, code: cell.code.textContent });
    });
  }

  async function run(wanted) {
    if (busy) {
      if (busy.cell !== wanted) return;
      end();
      show(busy.cell, "error", "Stopped.");
      busy.resolve(false);
      return;
    }
    for (const cell of cells.slice(0, cells.indexOf(wanted)).filter((one) => !one.done).concat(wanted)) {
      cell.output.replaceChildren();
      cell.printed?.setAttribute("hidden", "");
      cell.button.textContent = "Stop";
      const whole = await started(cell);
      busy = null;
      cell.button.textContent = "Run";
      cell.status.textContent = "";
      cell.done = whole;
      if (!whole) return;
    }
  }

  function printed(block) {
    const next = block.nextElementSibling;
    return next?.matches("div.highlight-text") ? next : null;
  }

  for (const block of document.querySelectorAll("div.highlight-python")) {
    const code = block.querySelector("pre");
    const bar = element("div", "live-bar");
    const button = element("button", "live-run", { type: "button", textContent: "Run", title: "Run this code here, in the browser (Ctrl+Enter)" });
    const status = element("span", "live-status", { role: "status" });
    const output = element("div", "live-output");
    const cell = { code, button, status, output, printed: printed(block), done: false };
    code.contentEditable = "true";
    code.spellcheck = false;
    code.setAttribute("role", "textbox");
    code.setAttribute("aria-multiline", "true");
    code.setAttribute("aria-label", "Python code; can be changed and run");
    code.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) run(cell);
      else document.execCommand("insertText", false, "\n");
    });
    code.addEventListener("paste", (event) => {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    });
    button.addEventListener("click", () => run(cell));
    bar.append(button, status);
    (cell.printed ?? block).after(bar, output);
    cells.push(cell);
  }
})();
