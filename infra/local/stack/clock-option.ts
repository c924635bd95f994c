/** What `azurite-process.ts` takes beside the options of Azurite: the address of a clock. */
export const CLOCK_OPTION = "--clock";
