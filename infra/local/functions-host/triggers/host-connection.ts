/** Where the host itself keeps what it must remember. */
export const HOST_CONNECTION = "AzureWebJobsStorage";
