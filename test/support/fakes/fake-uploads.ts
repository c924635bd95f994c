import { PermanentError } from "../../../shared/errors.ts";
import type { Uploads } from "../../../shared/ports/uploads.ts";

/** Answers with a URL that says what it would open, and opens nothing. */
export class FakeUploads implements Uploads {
  async writeUrl(container: string, blob: string, expiresAt: Date): Promise<string> {
    if (blob.split(/[/\\]/).includes("..")) {
      throw new PermanentError("UNSUPPORTED", `${blob} cannot be the name of a blob`);
    }
    const url = new URL(`https://uploads.example/${container}`);
    url.pathname += `/${blob.split("/").map(encodeURIComponent).join("/")}`;
    url.searchParams.set("sp", "cw");
    url.searchParams.set("se", expiresAt.toISOString());
    return url.href;
  }
}
