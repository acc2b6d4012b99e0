/* Runs the code that it is sent; answers with lines {kind, text}, the last of kind "end". */
const NEEDED = ["numpy", "pydantic", "pyyaml"];
const BEGIN = `
import os, sysconfig
os.environ["MPLBACKEND"] = "Agg"
sysconfig.get_path("purelib")
`;
const PICTURES = `
def pictures(names, before):
    from io import BytesIO
    made = []
    for name, value in list(names.items()):
        if hasattr(value, "savefig") and before.get(name) != id(value):
            value.savefig(file := BytesIO(), format="png", dpi=110)
            made.append(file.getvalue())
    return made
pictures
`;
const quiet = { messageCallback() {}, errorCallback() {} };
const say = (kind, text) => postMessage({ kind, text });
let python = null;

async function start({ pyodide, wheel }) {
  say("status", "Python is loaded, about 20 MB the first time …");
  let loader;
  try {
    loader = await import(`${pyodide}pyodide.mjs`);
  } catch {
    throw new Error(`Pyodide could not be loaded from ${pyodide}. Is there a network? Without one, install nutau and run the code on your computer.`);
  }
  const started = await loader.loadPyodide({ indexURL: pyodide });
  await started.loadPackage(NEEDED, quiet);
  say("status", "nutau is loaded …");
  const answer = await fetch(wheel);
  if (!answer.ok) throw new Error(`${wheel} could not be loaded (${answer.status}).`);
  started.unpackArchive(await answer.arrayBuffer(), "wheel", { extractDir: started.runPython(BEGIN) });
  started.setStdout({ batched: (line) => say("out", `${line}\n`) });
  started.setStderr({ batched: (line) => say("out", `${line}\n`) });
  return { run: started, names: started.runPython("{'__name__': '__main__'}"), pictures: started.runPython(PICTURES) };
}

/* Packages come when they are first imported: what fails for want of one is run again with it. */
async function finish(code) {
  const { run, names } = python;
  for (;;) {
    try {
      return await run.runPythonAsync(code, { globals: names });
    } catch (error) {
      const missing = /No module named '(\w+)/.exec(error.message)?.[1];
      if (error.type !== "ModuleNotFoundError" || !missing) throw error;
      say("status", `${missing} is loaded …`);
      if (!(await run.loadPackagesFromImports(`import ${missing}`, quiet)).length) throw error;
      say("again");
      say("status", "It runs …");
    }
  }
}

function message(error) {
  const text = String(error.message).trim();
  const [, own] = /(?:^|\n)nutau\.errors\.\w+: ([^]*)$/.exec(text) ?? [];
  return own ?? text.split("\n").slice(-12).join("\n");
}

onmessage = async ({ data }) => {
  try {
    python ??= await start(data);
    say("status", "It runs; the first number takes some seconds …");
    const { run, names, pictures } = python;
    const before = run.runPython("{name: id(value) for name, value in globals().items()}", { globals: names });
    const value = await finish(data.code);
    if (value !== undefined && !value?.savefig) say("out", `${value}\n`);
    for (const picture of pictures(names, before)) say("picture", picture.toJs());
    say("end", true);
  } catch (error) {
    say("error", message(error));
    say("end", false);
  }
};
