// One object for telling and for listening: a channel does not hear itself, but would hear another in the same tab.
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("cordon-session");

/** Tells the other tabs of this browser that the session cookie stands for somebody else now, or for nobody. */
export function announceSession(): void {
  channel?.postMessage("changed");
}

export function onSessionOfAnotherTab(listener: () => void): () => void {
  channel?.addEventListener("message", listener);
  return () => channel?.removeEventListener("message", listener);
}
