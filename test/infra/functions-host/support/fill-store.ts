import { SqliteStore } from "../../../../infra/local/functions-host/durable/store/sqlite-store.ts";
import { anInstance } from "../store.contract.ts";

/** Commits instances to the file of the first argument until it cannot, and says how many and why. */
const store = new SqliteStore(process.argv[2] ?? "");
let count = 0;
let reason = "";
while (reason === "") {
  const input = JSON.stringify("x".repeat(10_000));
  try {
    store.commit({ consumed: [], send: [], instance: anInstance(`instance ${count}`, { input }) });
    count += 1;
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
}
const readable = store.instances({}).length;
process.stdout.write(JSON.stringify({ count, readable, reason }));
