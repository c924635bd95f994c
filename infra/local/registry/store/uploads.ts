import { createHash, type Hash, randomUUID } from "node:crypto";
import { createReadStream, mkdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { algorithmOf, type DigestAlgorithm } from "../names.ts";
import { RegistryError } from "../registry-error.ts";
import type { VerifiedFile } from "./blobs.ts";

/** An upload that has begun: its bytes so far are in a file of their own. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  /** Bytes that arrived, and were acknowledged. */
  readonly size: number;
}

interface Session {
  readonly id: string;
  readonly repository: string;
  readonly file: string;
  size: number;
  hash: Hash;
  isBusy: boolean;
  usedAt: number;
}

export interface UploadLimits {
  readonly maxBlobBytes: number;
  /** An upload that nobody goes on with is forgotten after this time. */
  readonly idleMs: number;
}

/**
 * Uploads in progress. They are of this process: after a restart a client hears BLOB_UPLOAD_UNKNOWN and
 * begins again, as it must be able to do with any registry.
 */
export class Uploads {
  readonly #directory: string;
  readonly #limits: UploadLimits;
  readonly #sessions = new Map<string, Session>();
  readonly #sweeper: NodeJS.Timeout;

  /** Empties the directory: what is in it belongs to a process that ended. */
  constructor(directory: string, limits: UploadLimits) {
    this.#directory = directory;
    this.#limits = limits;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    this.#sweeper = setInterval(() => this.#dropIdle(), Math.min(limits.idleMs, 60_000)).unref();
  }

  begin(repository: string): Upload {
    const id = randomUUID();
    const session: Session = {
      id,
      repository,
      file: path.join(this.#directory, id),
      size: 0,
      hash: createHash("sha256"),
      isBusy: false,
      usedAt: Date.now(),
    };
    this.#sessions.set(id, session);
    return session;
  }

  /** @throws {RegistryError} BLOB_UPLOAD_UNKNOWN, for an upload into another repository too */
  find(repository: string, id: string): Upload {
    return this.#session(repository, id);
  }

  /**
   * Adds the body of a request. All of it counts, or nothing: after a broken connection the client
   * goes on where the last answer said.
   *
   * @param length what the client has announced for this part
   * @throws {RegistryError} if the part is too large, or not as long as announced
   */
  async append(upload: Upload, body: Readable, length?: number): Promise<Upload> {
    const session = this.#session(upload.repository, upload.id);
    await this.#alone(session, async () => {
      const hash = session.hash.copy();
      const handle = await open(session.file, session.size === 0 ? "w" : "r+");
      try {
        const size = await this.#write(body, { handle, hash, start: session.size });
        checkLength(size - session.size, length);
        session.size = size;
        session.hash = hash;
      } catch (error) {
        await handle.truncate(session.size);
        throw error;
      } finally {
        await handle.close();
      }
    });
    return session;
  }

  /**
   * Ends the upload with the file that was uploaded, flushed to the disk. A digest that does not fit ends it too.
   *
   * @throws {RegistryError} DIGEST_INVALID
   */
  async finish(upload: Upload, digest: string): Promise<VerifiedFile> {
    const session = this.#session(upload.repository, upload.id);
    const { file, size } = session;
    return this.#alone(session, async () => {
      this.#sessions.delete(session.id);
      const actual = await digestOf(session, algorithmOf(digest));
      if (actual !== digest) {
        await rm(file, { force: true });
        throw new RegistryError(
          400,
          "DIGEST_INVALID",
          "provided digest did not match uploaded content",
          { detail: { digest, actual } },
        );
      }
      const handle = await open(file, "a");
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
      return { digest, file, size };
    });
  }

  /** @throws {RegistryError} BLOB_UPLOAD_UNKNOWN */
  async cancel(repository: string, id: string): Promise<void> {
    const session = this.#session(repository, id);
    await this.#alone(session, async () => {
      this.#sessions.delete(id);
      await rm(session.file, { force: true });
    });
  }

  stop(): void {
    clearInterval(this.#sweeper);
    this.#sessions.clear();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** @returns where the file ends now */
  async #write(body: Readable, { handle, hash, start }: WriteTo): Promise<number> {
    let position = start;
    // Leaving the loop would otherwise destroy the socket, and with it the answer that says why.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      const bytes = Buffer.from(chunk);
      if (position + bytes.length > this.#limits.maxBlobBytes) throw blobTooLarge(this.#limits);
      hash.update(bytes);
      await handle.writev([bytes], position);
      position += bytes.length;
    }
    return position;
  }

  #session(repository: string, id: string): Session {
    const session = this.#sessions.get(id);
    if (session?.repository === repository) return session;
    throw new RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", {
      detail: { repository, id },
    });
  }

  async #alone<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
    if (session.isBusy) {
      throw new RegistryError(
        409,
        "BLOB_UPLOAD_INVALID",
        "another request is writing to this upload; wait for its answer",
      );
    }
    session.isBusy = true;
    try {
      return await work();
    } finally {
      session.isBusy = false;
      session.usedAt = Date.now();
    }
  }

  #dropIdle(): void {
    for (const session of this.#sessions.values()) {
      const isIdle = !session.isBusy && Date.now() - session.usedAt > this.#limits.idleMs;
      if (!isIdle) continue;
      this.#sessions.delete(session.id);
      rmSync(session.file, { force: true });
    }
  }
}

/** The usual algorithm was computed as the bytes came; for another the file is read once more. */
async function digestOf({ file, hash, size }: Session, algorithm: DigestAlgorithm) {
  if (algorithm === "sha256") return `sha256:${hash.digest("hex")}`;
  const other = createHash(algorithm);
  // An upload without a byte has no file yet.
  if (size > 0) await pipeline(createReadStream(file), other);
  return `${algorithm}:${other.digest("hex")}`;
}

interface WriteTo {
  readonly handle: FileHandle;
  readonly hash: Hash;
  readonly start: number;
}

function checkLength(actual: number, announced: number | undefined): void {
  if (announced === undefined || actual === announced) return;
  throw new RegistryError(400, "SIZE_INVALID", "provided length did not match content length", {
    detail: { announced, actual },
  });
}

function blobTooLarge({ maxBlobBytes }: UploadLimits): RegistryError {
  return new RegistryError(413, "SIZE_INVALID", `a blob here has at most ${maxBlobBytes} bytes`, {
    detail: { maxBlobBytes },
  });
}
