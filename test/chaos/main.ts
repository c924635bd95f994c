// `npm run chaos -- host`: random orchestrations under random faults. README.md says what that proves.
import { runChaos } from "./run-chaos.ts";

process.exitCode = await runChaos(process.argv.slice(2));
