/** What waits for each instance and each entity, in the order in which it came. */
export class Lanes<Item> {
  readonly #lanes = new Map<string, Item[]>();

  push(id: string, item: Item): void {
    const lane = this.#lanes.get(id);
    if (lane) lane.push(item);
    else this.#lanes.set(id, [item]);
  }

  lengthOf(id: string): number {
    return this.#lanes.get(id)?.length ?? 0;
  }

  /** @param limit how many at most */
  take(id: string, limit = Infinity): Item[] {
    const lane = this.#lanes.get(id) ?? [];
    const taken = lane.splice(0, limit);
    if (lane.length === 0) this.#lanes.delete(id);
    return taken;
  }

  /** Puts what was taken back to where it was, before what came meanwhile. */
  putBack(id: string, items: readonly Item[]): void {
    this.#lanes.set(id, [...items, ...(this.#lanes.get(id) ?? [])]);
  }
}
