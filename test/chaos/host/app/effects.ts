/** How often each activity was executed, by the name of its effect. */
const executions = new Map<string, number>();

/** @returns how often that is now */
export function recordEffect(effect: string): number {
  const count = (executions.get(effect) ?? 0) + 1;
  executions.set(effect, count);
  return count;
}

export function recordedEffects(): ReadonlyMap<string, number> {
  return new Map(executions);
}

export function forgetEffects(): void {
  executions.clear();
}
