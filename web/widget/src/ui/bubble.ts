import type { Author, Source } from "../protocol";
import { el, setText } from "./dom";
import { sourceLink } from "./source";
import { words } from "./words";

export type Delivery = "pending" | "failed" | "sent" | "read";

/** One line of the log, whether the server has it yet or not. */
export interface Line {
  key: string;
  seq: number | null;
  author: Author;
  name: string;
  /** The line above is by the same author: the name need not be said again. */
  follows: boolean;
  text: string;
  sources: Source[];
  at: string;
  delivery: Delivery | null;
  /** Only the newest of one's own messages says "Sent" or "Read". */
  tellDelivery: boolean;
  clientId: string | null;
}

export interface BubbleActions {
  retry(clientId: string): void;
  discard(clientId: string): void;
}

const deliveryWords: Record<Delivery, string> = {
  pending: words.sending,
  failed: words.notSent,
  sent: words.sent,
  read: words.read,
};

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const dated = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
});

function when(at: Date): string {
  return (at.toDateString() === new Date().toDateString() ? clock : dated).format(at);
}

export class Bubble {
  private readonly name = el("div", { class: "name" });
  private readonly delivery = el("span", { class: "delivery" });
  private readonly actions = el("span", { class: "actions", hidden: true });
  private readonly time = el("time");
  private shown = "";
  readonly root: HTMLElement;

  constructor(
    line: Line,
    private readonly on: BubbleActions,
  ) {
    this.root = el(
      "div",
      { class: "message", "data-testid": "message", "data-author": line.author },
      this.name,
      el("p", { class: "text", dir: "auto", "data-testid": "text" }, line.text),
    );
    if (line.sources.length) {
      const items = line.sources.map((source) => el("li", {}, sourceLink(source)));
      this.root.append(el("ul", { class: "sources", "aria-label": words.sources }, ...items));
    }
    if (line.author !== "system")
      this.root.append(el("div", { class: "meta" }, this.time, this.delivery, this.actions));
    this.update(line);
  }

  update(line: Line): void {
    const looks = JSON.stringify([line.seq, line.delivery, line.tellDelivery, line.follows, line.name, line.at]);
    if (looks === this.shown) return;
    this.shown = looks;
    if (line.seq !== null) this.root.setAttribute("data-seq", String(line.seq));
    if (line.delivery) this.root.setAttribute("data-delivery", line.delivery);
    this.root.classList.toggle("follows", line.follows);
    setText(this.name, line.name);
    const at = new Date(line.at);
    if (!Number.isNaN(at.getTime())) {
      this.time.dateTime = line.at;
      setText(this.time, when(at));
    }
    const tell = line.delivery !== null && line.tellDelivery;
    setText(this.delivery, tell && line.delivery ? deliveryWords[line.delivery] : "");
    this.offer(line.delivery === "failed" ? line.clientId : null);
  }

  private offer(clientId: string | null): void {
    if (!clientId) {
      this.actions.hidden = true;
      return;
    }
    this.actions.hidden = false;
    if (this.actions.childElementCount) return;
    const button = (label: string, press: () => void) => {
      const made = el("button", { type: "button", class: "link" }, label);
      made.addEventListener("click", press);
      return made;
    };
    this.actions.append(
      button(words.retry, () => this.on.retry(clientId)),
      button(words.discard, () => this.on.discard(clientId)),
    );
  }
}
