import { z } from "zod";

import { type PodHttp, readText } from "../network/pod-http.ts";
import type { RegistryTarget } from "./registry-client.ts";

const TokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** Proves to a registry who is asking: Basic, or a Bearer token from the realm that it names. */
export class RegistryAuthorization {
  readonly #http: PodHttp;
  readonly #target: RegistryTarget;
  readonly #signal: AbortSignal;
  #header: string | undefined;

  constructor(http: PodHttp, target: RegistryTarget, signal: AbortSignal) {
    this.#http = http;
    this.#target = target;
    this.#signal = signal;
  }

  headers(): Record<string, string> {
    return this.#header === undefined ? {} : { authorization: this.#header };
  }

  /**
   * Takes up a `WWW-Authenticate` challenge; `headers` answers it from then on.
   *
   * @throws {Error} if the token endpoint refuses
   */
  async answer(challenge: string): Promise<void> {
    const [scheme = "", ...rest] = challenge.split(" ");
    if (scheme.toLowerCase() === "basic") {
      this.#header = this.#basic();
      return;
    }
    const parameters = parseParameters(rest.join(" "));
    const realm = parameters.get("realm");
    if (scheme.toLowerCase() !== "bearer" || realm === undefined) {
      throw new Error(`the registry asks for an unknown authentication: ${scheme}`);
    }
    this.#header = `Bearer ${await this.#fetchToken(new URL(realm), parameters)}`;
  }

  async #fetchToken(realm: URL, parameters: ReadonlyMap<string, string>): Promise<string> {
    const { access, repository } = this.#target;
    const service = parameters.get("service");
    if (service !== undefined) realm.searchParams.set("service", service);
    realm.searchParams.set(
      "scope",
      parameters.get("scope") ?? `repository:${repository}:${access}`,
    );
    const basic = this.#basic();
    const answer = await this.#http.request(realm, {
      signal: this.#signal,
      headers: basic === undefined ? {} : { authorization: basic },
    });
    const text = await readText(answer);
    if (answer.statusCode !== 200) {
      throw new Error(
        `GET "${realm.origin}${realm.pathname}": response status code ${answer.statusCode}: ${text.slice(0, 500).trim()}`,
      );
    }
    const { token, access_token: accessToken } = TokenAnswer.parse(JSON.parse(text));
    const issued = token ?? accessToken;
    if (issued === undefined) throw new Error(`${realm.origin} answered without a token`);
    return issued;
  }

  #basic(): string | undefined {
    const { credentials } = this.#target;
    if (!credentials) return undefined;
    const pair = `${credentials.username}:${credentials.password}`;
    return `Basic ${Buffer.from(pair).toString("base64")}`;
  }
}

/** `realm="https://...",service="..."`. */
function parseParameters(text: string): ReadonlyMap<string, string> {
  const pairs = text.matchAll(/(\w+)="([^"]*)"/g);
  return new Map(Array.from(pairs, ([, key = "", value = ""]) => [key, value]));
}
