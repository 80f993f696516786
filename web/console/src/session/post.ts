import { problemFrom } from "../api/problem";

/** Asks what opens, renews and ends sessions: beside the API's client, which needs an access token first. */
export async function post<T>(path: string, content: object, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(content),
  });
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as T;
}
