// Preloaded (`node --import`): puts the bug that PLANT_VARIABLE names into the host's source while it is loaded.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { PLANT_VARIABLE } from "./plant-variable.ts";
import { PlantName, PLANTS } from "./plants.ts";

const plant = PLANTS[PlantName.parse(process.env[PLANT_VARIABLE])];
const file = path.resolve(import.meta.dirname, "../..", plant.file);
const url = pathToFileURL(file).href;
const [before, after, ...more] = readFileSync(file, "utf8").split(plant.snippet);

// A plant that does not fit any more must not look like a bug that nobody finds.
if (before === undefined || after === undefined || more.length > 0) {
  throw new Error(`${plant.file} must have this exactly once: ${plant.snippet}`);
}
const source = before + plant.replacement + after;

registerHooks({
  load: (loaded, context, nextLoad) =>
    loaded === url
      ? { format: "module-typescript", source, shortCircuit: true }
      : nextLoad(loaded, context),
});
