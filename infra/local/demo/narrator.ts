import { SingleBar } from "cli-progress";

/** Tells the story on standard error: a bar on a terminal, plain lines in a pipe. */
export interface Narrator {
  chapter(title: string): void;
  say(text: string): void;
  /** What goes on now; called as often as one likes. */
  progress(text: string, percent?: number): void;
  /** Ends the bar, so that the terminal is as it was. */
  stop(): void;
}

export function createNarrator(
  stream: NodeJS.WriteStream,
  startedAt = performance.now(),
): Narrator {
  const bar = stream.isTTY ? createBar(stream) : undefined;
  let last = "";
  let isBarOn = false;

  const stop = (): void => {
    if (isBarOn) bar?.stop();
    isBarOn = false;
  };
  const line = (text: string): void => {
    stop();
    stream.write(`${text}\n`);
  };

  return {
    chapter: (title) => line(`\n== ${title}  (${elapsed(startedAt)})`),
    say: (text) => line(`   ${text}`),
    progress(text, percent = 0) {
      if (bar) {
        if (!isBarOn) bar.start(100, percent, { text });
        isBarOn = true;
        bar.update(percent, { text });
        return;
      }
      // A line for each change of words only, or a log would be full of numbers.
      if (text !== last) line(`   ... ${text}`);
      last = text;
    },
    stop,
  };
}

function createBar(stream: NodeJS.WriteStream): SingleBar {
  return new SingleBar({
    format: "   [{bar}] {percentage}% {text}",
    barsize: 24,
    barCompleteChar: "#",
    barIncompleteChar: "-",
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    stream,
  });
}

function elapsed(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}
