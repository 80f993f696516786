import { isProblem } from "../api/problem";
import type { AccessToken } from "../api/types";
import { byAppBridge, framed } from "./framed";
import { post } from "./post";
import { announceSession } from "./tabs";

/** Renew this long before the token ends, so that a request never leaves with one that ends on the way. */
const RENEW_EARLY_MS = 60_000;

type Given = Pick<AccessToken, "access_token" | "expires_in">;

const byCookie = (): Promise<Given> => post<AccessToken>("/v1/token", {}, { "X-Cordon-Csrf": "1" });

interface HeldToken {
  value: string;
  renewAt: number;
}

/**
 * The signed-in session of this tab. The session itself is a cookie that script cannot read, or known to App Bridge;
 * what is held here, in memory only, is the short access token that it is exchanged for. It is renewed by whoever asks
 * for something: a tab that is left alone lets the session go idle, and the server ends it.
 */
export class Session {
  readonly #exchange: () => Promise<Given>;
  #held: HeldToken | null = null;
  #renewing: Promise<string> | null = null;

  constructor(exchange: () => Promise<Given> = byCookie) {
    this.#exchange = exchange;
  }

  async signIn(link: string): Promise<void> {
    await post("/v1/sign-in", { link });
    announceSession();
  }

  /** A token that is good for the next request. */
  token(): Promise<string> {
    if (this.#held && Date.now() < this.#held.renewAt) return Promise.resolve(this.#held.value);
    return this.renew();
  }

  /** A new token; callers at the same time share one request. `refused` is the token that the server turned down. */
  renew(refused?: string): Promise<string> {
    if (refused !== undefined && this.#held && this.#held.value !== refused) return Promise.resolve(this.#held.value);
    this.#renewing ??= this.#fetchToken().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  signOut(): Promise<void> {
    return this.#end("/v1/sign-out");
  }

  signOutEverywhere(): Promise<void> {
    return this.#end("/v1/sign-out-everywhere");
  }

  async #end(path: string): Promise<void> {
    try {
      const token = await this.token();
      await post(path, {}, { Authorization: `Bearer ${token}` });
    } catch (error) {
      // 401: the session has ended already, which is what was asked for.
      if (!isProblem(error) || error.status !== 401) throw error;
    }
    this.#held = null;
    announceSession();
  }

  async #fetchToken(): Promise<string> {
    try {
      return this.#hold(await this.#exchange());
    } catch (error) {
      this.#held = null;
      throw error;
    }
  }

  #hold(token: Given): string {
    const lifetime = token.expires_in * 1000;
    const renewIn = Math.max(lifetime - RENEW_EARLY_MS, lifetime / 2);
    this.#held = { value: token.access_token, renewAt: Date.now() + renewIn };
    return token.access_token;
  }
}

export const session = new Session(framed ? byAppBridge() : byCookie);
