/**
 * Runs what was begun at the same time to its end, also when a part of it fails: a thing that is still
 * starting cannot be stopped.
 *
 * @throws the first failure
 */
export async function together<Tasks extends readonly unknown[] | []>(
  tasks: Tasks,
): Promise<{ -readonly [Index in keyof Tasks]: Awaited<Tasks[Index]> }> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
