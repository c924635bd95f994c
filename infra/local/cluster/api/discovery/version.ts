/** What `kubectl version` shows of the server. */
export const VERSION = {
  major: "1",
  minor: "35",
  gitVersion: "v1.35.0-rollforward-stand-in",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: "node",
};
