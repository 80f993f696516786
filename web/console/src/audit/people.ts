import type { AuditEvent, Member } from "../api/types";

/** Names by the ids of subjects. */
export type People = Map<string, string>;

export const peopleOf = (members: Member[]): People =>
  new Map(members.map((member) => [member.subject_id, member.name]));

/** Who did it, as well as can be told: an id says nothing, so of others their role is shown. */
export function whoOf(event: AuditEvent, people: People | undefined): string {
  return people?.get(event.subject_id ?? "") ?? (event.role === "" ? "Nobody who was signed in" : event.role);
}
