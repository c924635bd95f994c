import type { Quarantine, ReleaseRecord, VersionRecord } from "../../../shared/domain/version.ts";
import { PermanentError } from "../../../shared/errors.ts";
import type { VersionClaim, Versions } from "../../../shared/ports/versions.ts";

export class FakeVersions implements Versions {
  #versions: VersionRecord[] = [];
  #releases: ReleaseRecord[] = [];
  #quarantine = new Map<string, Quarantine>();

  async claim(claim: VersionClaim): Promise<{ record: VersionRecord; isNew: boolean }> {
    const own = this.#versions.filter(({ pipeline }) => pipeline === claim.pipeline);
    const known = own.find(({ contentHash }) => contentHash === claim.contentHash);
    if (known) return { record: structuredClone(known), isNew: false };

    const record: VersionRecord = { ...claim, version: own.length + 1, state: "claimed" };
    this.#versions.push(structuredClone(record));
    return { record, isNew: true };
  }

  async activate(pipeline: string, version: number): Promise<void> {
    const found = this.#at(pipeline, version);
    if (!found) {
      throw new PermanentError("INTERNAL", `Version ${version} of ${pipeline} was never claimed`);
    }
    found.state = "active";
  }

  async find(pipeline: string, version: number): Promise<VersionRecord | undefined> {
    return structuredClone(this.#at(pipeline, version));
  }

  async list(pipeline: string): Promise<VersionRecord[]> {
    const own = this.#versions.filter((record) => record.pipeline === pipeline);
    return structuredClone(own.toSorted((a, b) => b.version - a.version));
  }

  async claimed(): Promise<VersionRecord[]> {
    return structuredClone(this.#versions.filter(({ state }) => state === "claimed"));
  }

  async quarantine(pipeline: string, entry: Quarantine): Promise<void> {
    const key = `${pipeline}/${entry.contentHash}`;
    if (!this.#quarantine.has(key)) this.#quarantine.set(key, structuredClone(entry));
  }

  async isQuarantined(pipeline: string, contentHash: string): Promise<Quarantine | undefined> {
    return structuredClone(this.#quarantine.get(`${pipeline}/${contentHash}`));
  }

  async quarantined(pipeline: string): Promise<Quarantine[]> {
    const own = [...this.#quarantine].filter(([key]) => key.startsWith(`${pipeline}/`));
    return structuredClone(own.map(([, entry]) => entry).toSorted(byVersion));
  }

  async recordRelease(release: Omit<ReleaseRecord, "sequence">): Promise<ReleaseRecord> {
    const own = this.#releases.filter(({ pipeline }) => pipeline === release.pipeline);
    const known = own.find(({ run }) => run === release.run);
    if (known) return structuredClone(known);

    const record = { ...release, sequence: own.length + 1 };
    this.#releases.push(structuredClone(record));
    return record;
  }

  async latestRelease(pipeline: string): Promise<ReleaseRecord | undefined> {
    return structuredClone(this.#releases.findLast((release) => release.pipeline === pipeline));
  }

  #at(pipeline: string, version: number): VersionRecord | undefined {
    return this.#versions.find(
      (record) => record.pipeline === pipeline && record.version === version,
    );
  }
}

function byVersion(a: Quarantine, b: Quarantine): number {
  return b.version - a.version;
}
