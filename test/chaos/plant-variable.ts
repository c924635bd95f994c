/** Names the planted bug, for plant.ts. */
export const PLANT_VARIABLE = "ROLLFORWARD_CHAOS_PLANT";
