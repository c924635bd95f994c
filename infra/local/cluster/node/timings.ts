/** How long things take on this node, in milliseconds. */
export interface Timings {
  /** From the NodeClaim to a Node that is Ready. */
  readonly node: number;
  /** Between two renewals of a Node's Ready condition. */
  readonly heartbeat: number;
  readonly imagePull: number;
  readonly weightsDownload: number;
  /** Between two tries of the data downloader; 2 s in KAITO's script. */
  readonly downloadRetry: number;
  /** One whole training, however many rows there are. */
  readonly training: number;
  /** Between two looks of the pusher whether the training is over; the trainer's end wakes it, too. */
  readonly sentinelPoll: number;
  /** From the start of the model server until it answers. */
  readonly modelLoad: number;
  /** Between two probes; the periods in the pod's own probes are not used. */
  readonly probe: number;
  /** First back-off after a crash or a failed image pull; doubles up to 16 times this. */
  readonly backOff: number;
  /** Between two looks at what is missing: a Secret to mount, a fault rule that holds something up. */
  readonly retry: number;
}

export const DEFAULT_TIMINGS: Timings = {
  node: 1000,
  heartbeat: 3000,
  imagePull: 50,
  weightsDownload: 500,
  downloadRetry: 500,
  training: 3000,
  sentinelPoll: 100,
  modelLoad: 1000,
  probe: 200,
  backOff: 1000,
  retry: 500,
};

const MINUTE = 60_000;

/** Under virtual time: what recurs does so less often, or three days were full of it. */
export const VIRTUAL_TIMINGS: Timings = {
  ...DEFAULT_TIMINGS,
  heartbeat: 30 * MINUTE,
  sentinelPoll: 60 * MINUTE,
  probe: 10 * MINUTE,
  retry: 5 * MINUTE,
};
