import type { BubbleActions } from "./bubble";
import { Composer } from "./composer";
import { el } from "./dom";
import { Header } from "./header";
import { Log } from "./log";
import { Notice } from "./notice";
import { fitToScreen, phoneQuery } from "./phone";

export interface PanelActions extends BubbleActions {
  close(): void;
  send(text: string): void;
  typing(): void;
  /** What is in view may have changed. */
  look(): void;
}

const TITLE_ID = "title";

export class Panel {
  readonly header: Header;
  readonly log: Log;
  readonly notice = new Notice();
  readonly composer: Composer;
  readonly root: HTMLElement;
  private unfit: (() => void) | null = null;

  constructor(id: string, actions: PanelActions) {
    this.header = new Header(TITLE_ID, () => actions.close());
    this.log = new Log(actions, () => actions.look());
    this.composer = new Composer(
      (text) => actions.send(text),
      () => actions.typing(),
    );
    this.root = el(
      "section",
      { id, class: "panel", role: "dialog", "aria-labelledby": TITLE_ID, "data-testid": "panel", hidden: true },
      this.header.root,
      this.log.root,
      this.notice.root,
      this.composer.root,
    );
    this.root.addEventListener("keydown", (event) => {
      // The page below must not take keys that were meant for the chat as its shortcuts.
      event.stopPropagation();
      if (event.key === "Escape" && !event.isComposing) {
        event.preventDefault();
        actions.close();
      } else if (event.key === "Tab" && this.fillsScreen) this.keepFocus(event);
    });
  }

  get open(): boolean {
    return !this.root.hidden;
  }

  show(): void {
    this.root.hidden = false;
    this.unfit = fitToScreen(this.root, () => this.resized());
    this.composer.fit();
    this.log.scrollToEnd();
  }

  hide(): void {
    this.unfit?.();
    this.unfit = null;
    this.root.hidden = true;
  }

  /** To the composer; on a touch screen to the title, because the composer would raise the keyboard over the log. */
  focus(): void {
    if (window.matchMedia("(pointer: coarse)").matches) this.root.querySelector<HTMLElement>("h2")?.focus();
    else this.composer.focus();
  }

  private get fillsScreen(): boolean {
    return window.matchMedia(phoneQuery).matches;
  }

  private resized(): void {
    // Beside the page it is one region among others; over all of it, it is the only one.
    if (this.fillsScreen) this.root.setAttribute("aria-modal", "true");
    else this.root.removeAttribute("aria-modal");
    this.log.scrollToEnd();
  }

  private keepFocus(event: KeyboardEvent): void {
    const stops = [...this.root.querySelectorAll<HTMLElement>("button, a[href], textarea, [tabindex='0']")].filter(
      (node) => node.offsetParent !== null,
    );
    const first = stops[0];
    const last = stops[stops.length - 1];
    const root = this.root.getRootNode() as ShadowRoot;
    const at = root.activeElement;
    if (event.shiftKey && (at === first || at?.matches("h2"))) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && at === last) {
      event.preventDefault();
      first?.focus();
    }
  }
}
