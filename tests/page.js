// Reads lines of JSON: an expression, evaluated in the scripts of the page; answers with a line of JSON, {found} or {error}.
const { createContext, runInContext } = require("node:vm");
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");

const context = createContext({ atob, URLSearchParams, Blob });
for (const file of process.argv.slice(2)) runInContext(readFileSync(file, "utf8"), context, { filename: file });

/** Arrays of any kind as plain ones. */
const plain = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);

createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = { found: runInContext(JSON.parse(line), context) ?? null };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  console.log(JSON.stringify(answer, plain));
});
