/** What must be nowhere but where it is used; each with a place in which it would be found if it leaked. */
export const SECRETS = {
  "a signature of a SAS": /[?&]sig=[\w%]{20,}/,
  "a signed token": /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\./,
  "registry credentials": /"auths"|dockerconfigjson/,
  "a capability for a dataset": /datasets\/[\w-]+-\d+\.[\w-]{43}/,
} as const;
