import http from "node:http";
import { text } from "node:stream/consumers";

import { whileBusy } from "../../../../infra/local/program/clock/busy.ts";
import { installDate } from "../../../../infra/local/program/clock/install-date.ts";
import { joinClock } from "../../../../infra/local/program/clock/join-clock.ts";
import { listen } from "../../../../infra/local/program/listen.ts";
import type { Order, Report } from "./orders.ts";

// A program that joins a clock and does what its parent orders. Asked over HTTP, it makes an appointment,
// and counts those that came late: a late one was jumped over.

const [address = "", name = ""] = process.argv.slice(2);
const clock = await joinClock(address, { name, onLost: () => report({ lost: true }) });
installDate(clock);
let late = 0;
let kept = 0;

const server = http.createServer((request, response) => {
  const wanted = clock.now() + Number(request.url?.slice(1));
  clock.at(wanted, () => {
    kept += 1;
    if (clock.now() !== wanted) late += 1;
  });
  response.end("made");
});
const port = await listen(server, { host: "127.0.0.1", port: 0, option: "" });

process.on("message", (order: Order) => void obey(order));
report({ port, now: clock.now() });

async function obey(order: Order): Promise<void> {
  if ("walk" in order) await walk(order.walk, order.peer);
  else if ("waitUntil" in order) clock.at(order.waitUntil, () => report(told()));
  else if ("hold" in order) {
    clock.hold();
    report({ held: true });
  } else if ("leave" in order) clock.leave();
}

async function walk(steps: number, peer: number): Promise<void> {
  await whileBusy(clock, async (busy) => {
    for (let step = 0; step < steps; step++) {
      await ask(`http://127.0.0.1:${peer}/${3 + (step % 5)}`);
      await busy.delay(10);
    }
  });
  report({ ended: clock.now(), ...told() });
}

function told() {
  return { now: clock.now(), date: Date.now(), late, kept };
}

async function ask(url: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    http
      .get(url, { agent: false }, (response) => void text(response).then(() => resolve(), reject))
      .on("error", reject);
  });
}

function report(message: Report): void {
  process.send?.(message);
}
