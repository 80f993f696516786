import { Bubble, type BubbleActions, type Line } from "./bubble";
import { el, icon, setText } from "./dom";
import { words } from "./words";

const NEAR_END_PX = 48;

/** The scrolling list of messages; keeps its elements, so that a screen reader hears each message once. */
export class Log {
  private readonly bubbles = new Map<string, Bubble>();
  private readonly greeting = el("div", { class: "message", "data-author": "assistant", hidden: true });
  private readonly greetingText = el("p", { class: "text", dir: "auto", "data-testid": "greeting" });
  private readonly list = el("div", {
    class: "log",
    role: "log",
    "aria-live": "polite",
    "aria-label": words.log,
    tabindex: "0",
    "data-testid": "log",
  });
  private readonly latest = el(
    "button",
    { type: "button", class: "latest", hidden: true },
    words.latest,
    icon("M12 5v14M6 13l6 6 6-6"),
  );
  private readonly dots = el("div", { class: "typing", hidden: true, "data-testid": "typing" });
  private readonly typist = el("span", { class: "sr" });
  private stuck = true;
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  readonly root: HTMLElement;

  constructor(
    private readonly actions: BubbleActions,
    private readonly onLook: () => void,
  ) {
    this.greeting.append(this.greetingText);
    this.dots.append(el("i"), el("i"), el("i"), this.typist);
    this.list.append(this.greeting);
    this.root = el("div", { class: "middle" }, this.list, this.latest);
    this.list.addEventListener("scroll", () => this.look(), { passive: true });
    // A notice, a longer draft or a phone's keyboard takes height away: what was at the end stays at the end.
    if (typeof ResizeObserver === "function")
      new ResizeObserver(() => (this.stuck ? this.scrollToEnd() : this.onLook())).observe(this.list);
    this.latest.addEventListener("click", () => {
      this.scrollToEnd();
      this.list.focus({ preventScroll: true });
    });
  }

  greet(text: string): void {
    setText(this.greetingText, text);
    this.greeting.hidden = text === "";
  }

  /** A replayed history is to be read by going through it, not to be spoken in full. */
  busy(on: boolean): void {
    this.list.setAttribute("aria-busy", String(on));
  }

  render(lines: Line[], ownIsNew: boolean): void {
    const stay = this.atEnd || ownIsNew;
    const keys = new Set(lines.map((line) => line.key));
    for (const [key, bubble] of this.bubbles) {
      if (keys.has(key)) continue;
      bubble.root.remove();
      this.bubbles.delete(key);
    }
    let before: Element = this.greeting;
    let added = false;
    for (const line of lines) {
      let bubble = this.bubbles.get(line.key);
      if (bubble) bubble.update(line);
      else {
        bubble = new Bubble(line, this.actions);
        this.bubbles.set(line.key, bubble);
        added = true;
      }
      if (before.nextElementSibling !== bubble.root) before.after(bubble.root);
      before = bubble.root;
    }
    if (this.dots.parentNode) this.list.append(this.dots);
    if (stay) this.scrollToEnd();
    else if (added) this.latest.hidden = false;
    this.look();
  }

  typing(name: string | null): void {
    clearTimeout(this.typingTimer);
    const stay = this.atEnd;
    this.dots.hidden = name === null;
    if (name === null) {
      this.dots.remove();
      return;
    }
    setText(this.typist, words.typing(name));
    if (!this.dots.parentNode) this.list.append(this.dots);
    if (stay) this.scrollToEnd();
    this.typingTimer = setTimeout(() => this.typing(null), 5_000);
  }

  /** The highest number whose message has come into view. */
  lastSeen(): number {
    const edge = this.list.scrollTop + this.list.clientHeight;
    const shown = this.list.querySelectorAll<HTMLElement>("[data-seq]");
    for (let i = shown.length - 1; i >= 0; i--) {
      const node = shown[i]!;
      // The first line of a long message is enough.
      if (node.offsetTop + Math.min(node.offsetHeight, 32) <= edge) return Number(node.dataset.seq);
    }
    return 0;
  }

  scrollToEnd(): void {
    this.list.scrollTop = this.list.scrollHeight;
  }

  private get atEnd(): boolean {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_END_PX;
  }

  private look(): void {
    this.stuck = this.atEnd;
    if (this.stuck) this.latest.hidden = true;
    this.onLook();
  }
}
