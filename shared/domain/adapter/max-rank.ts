/** vLLM's default `max-lora-rank`: it does not start with an adapter of a higher rank (kaito.md 5.4). */
export const MAX_RANK = 16;
