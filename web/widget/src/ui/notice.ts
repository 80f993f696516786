import { el, setText } from "./dom";

/** One line between the log and the composer: what is wrong, or who is listening. */
export class Notice {
  private readonly alert = el("div", { class: "notice problem", role: "alert", "data-testid": "notice", hidden: true });
  private readonly state = el("div", { class: "notice", role: "status", "data-testid": "handler", hidden: true });
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly root = el("div", {}, this.state, this.alert);

  problem(text: string, forMs = 0): void {
    clearTimeout(this.timer);
    this.say(this.alert, text);
    if (forMs) this.timer = setTimeout(() => this.problem(""), forMs);
  }

  listening(text: string): void {
    this.say(this.state, text);
  }

  private say(node: HTMLElement, text: string): void {
    setText(node, text);
    node.hidden = text === "";
  }
}
