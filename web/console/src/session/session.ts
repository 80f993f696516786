import { isProblem, ProblemError } from "../api/problem";
import type { AccessToken } from "../api/types";
import { grant } from "../support/visit";
import { byAppBridge, framed } from "./framed";
import { post } from "./post";
import { FROM_SHOPIFY } from "./signInLink";
import { announceSession } from "./tabs";

/** Renew this long before the token ends, so that a request never leaves with one that ends on the way. */
const RENEW_EARLY_MS = 60_000;

type Given = Pick<AccessToken, "access_token" | "expires_in">;

/** What no page of another site can add to what it makes the browser send. */
const OWN_PAGE = { "X-Cordon-Csrf": "1" };

const byCookie = (): Promise<Given> => post<AccessToken>("/v1/token", {}, OWN_PAGE);

interface HeldToken {
  value: string;
  renewAt: number;
}

/**
 * A session of this tab: what is held here, in memory only, is a short access token, and how to get the next. Of who is
 * signed in that is the exchange of a cookie that script cannot read, or one by App Bridge. It is renewed by whoever asks
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
    await post("/v1/sign-in", link === FROM_SHOPIFY ? {} : { link }, OWN_PAGE);
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
    this.#renewing ??= this.#next().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** Goes on with a token of an answer that ended the one before; returns it. */
  hold(token: Given): string {
    const lifetime = token.expires_in * 1000;
    const renewIn = Math.max(lifetime - RENEW_EARLY_MS, lifetime / 2);
    this.#held = { value: token.access_token, renewAt: Date.now() + renewIn };
    return token.access_token;
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

  async #next(): Promise<string> {
    try {
      return this.hold(await this.#exchange());
    } catch (error) {
      this.#held = null;
      throw error;
    }
  }
}

/** A token for the shop of a support grant. One that does not hold is, to all who ask, a session that has ended. */
const enter = (grantId: string) => async (): Promise<AccessToken> => {
  const token = await own.renew();
  try {
    return await post(`/v1/staff/grants/${grantId}/enter`, {}, { Authorization: `Bearer ${token}` });
  } catch (error) {
    if (!isProblem(error) || ![403, 404, 409].includes(error.status)) throw error;
    throw new ProblemError(401, { ...error, request_id: error.requestId });
  }
};

/** Of who is signed in. */
export const own = new Session(framed ? byAppBridge() : byCookie);

/** What this tab's pages are asked for with: one's own, or that of the shop which a support grant has let one into. */
export const session = grant ? new Session(enter(grant)) : own;
