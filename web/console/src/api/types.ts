import type { components } from "./schema";

type Schemas = components["schemas"];

export type ApiToken = Schemas["ApiToken"];
export type AccessToken = Schemas["AccessToken"];
export type Attribution = Schemas["Attribution"];
export type AttributionDay = Schemas["AttributionDay"];
/** `closed` has what is stored, where that is not what is shown: what is personal is encrypted. */
export type AuditEvent = Omit<Schemas["EventRecord"], "closed"> & {
  closed?: Partial<Record<"address" | "agent" | "detail", string>> | null;
};
export type Conversation = Schemas["Conversation"];
export type Customer = Schemas["Customer"];
export type Member = Schemas["Member"];
export type Me = Schemas["Me"];
export type Merchant = Schemas["Merchant"];
export type Message = Schemas["Message"];
export type MadeApiToken = Schemas["MadeApiToken"];
export type Order = Schemas["Order"];
export type OpenSession = Schemas["Session"];
export type ShopifySession = Schemas["ShopifySession"];
export type SupportGrant = Schemas["SupportGrant"];
export type DestructionRecord = Schemas["DestructionRecord"];
export type StaffAccount = Schemas["StaffAccount"];
export type StaffChallenge = Schemas["StaffChallenge"];
export type Source = Message["sources"][number];

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
