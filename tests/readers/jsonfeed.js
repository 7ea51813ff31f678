// Print, as JSON, what the schema of JSON Feed 1.1 has against each of these files, its formats of addresses and dates included.
const { readFileSync } = require("node:fs");
const Ajv = require("ajv");
const addFormats = require("ajv-formats");

const isValid = addFormats(new Ajv({ allErrors: true })).compile(require("jsonfeed-schema/v1.1"));
const flaws = {};
for (const file of process.argv.slice(2)) {
  if (!isValid(JSON.parse(readFileSync(file)))) flaws[file] = isValid.errors;
}
console.log(JSON.stringify(flaws));
