import type { Policy } from "./api";
import { el, find } from "./dom";
import { paragraphs } from "./plain_text";

export function showPolicies(policies: Policy[]): void {
  const section = find<HTMLElement>("#policies");
  section.hidden = policies.length === 0;
  find(".policies").replaceChildren(
    ...policies.map((policy) =>
      el(
        "details",
        { id: `policy-${policy.id}` },
        el("summary", {}, policy.title),
        ...paragraphs(policy.body).map((text) => el("p", {}, text)),
      ),
    ),
  );
}

export function openPolicy(id: string): boolean {
  const details = document.getElementById(`policy-${id}`);
  if (!(details instanceof HTMLDetailsElement)) return false;
  details.open = true;
  details.scrollIntoView({ block: "center" });
  details.querySelector("summary")?.focus({ preventScroll: true });
  return true;
}
