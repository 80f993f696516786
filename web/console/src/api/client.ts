import createClient from "openapi-fetch";

import { own, type Session, session } from "../session/session";
import { problemFrom } from "./problem";
import type { paths } from "./schema";

async function send(request: Request, token: string): Promise<Response> {
  request.headers.set("Authorization", `Bearer ${token}`);
  return fetch(request);
}

/** Sends with the access token; a token that the server no longer takes is renewed and the request sent once more. */
const authorised = (as: Session) => async (request: Request) => {
  const again = request.clone();
  const token = await as.token();
  let response = await send(request, token);
  if (response.status === 401) response = await send(again, await as.renew(token));
  if (!response.ok) throw await problemFrom(response);
  return response;
};

export const api = createClient<paths>({ fetch: authorised(session) });

/** As oneself, where `api` may be in a shop by a support grant. */
export const ownApi = createClient<paths>({ fetch: authorised(own) });

/** An answer that is a file, not a JSON document; `path` with its query. */
export const file = (path: string): Promise<Response> => authorised(session)(new Request(path));

/** For what is asked before anybody has signed in. */
export const open = createClient<paths>({
  fetch: async (request: Request) => {
    const response = await fetch(request);
    if (!response.ok) throw await problemFrom(response);
    return response;
  },
});

/** The body of a call; faults have been thrown as `ProblemError` by then. */
export async function body<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  if (data === undefined) throw new Error("the server sent no body");
  return data;
}
