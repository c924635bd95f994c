import { z } from "zod";

import type { ManagementClient, Status } from "./management-client.ts";

const Binding = z.looseObject({
  instanceId: z.string(),
  history: z.array(z.looseObject({ EventType: z.number() })),
});
export type Binding = z.infer<typeof Binding>;

/** What an orchestrator function answers in one episode; the fixture gives the output "$binding" a meaning. */
export type Answer = Readonly<Record<string, unknown>>;

/** What the host sent, from an orchestration that returned it. */
export function bindingOf({ output }: Status): Binding {
  return Binding.parse(output);
}

/** Asks for this, and returns what the host sends once that has happened. */
export function askFor(...actions: object[]): readonly [Answer, Answer] {
  return [
    { isDone: false, actions: [actions] },
    { isDone: true, actions: [actions], output: "$binding" },
  ];
}

export async function runScript(
  client: ManagementClient,
  answers: readonly Answer[],
): Promise<Status> {
  return client.run("scripted", { answers });
}

/** What the host sends in the last episode. */
export async function bindingAfter(
  client: ManagementClient,
  ...actions: object[]
): Promise<Binding> {
  return bindingOf(await runScript(client, askFor(...actions)));
}

/** Each of the events of that kind, with all that it has. */
export function eventsOf({ history }: Binding, type: number): object[] {
  return history.filter(({ EventType }) => EventType === type);
}
