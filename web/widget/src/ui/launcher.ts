import { el, icon, setText } from "./dom";
import { words } from "./words";

const BUBBLE = "M20 4H4a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h3v4l5-4h8a1 1 0 0 0 1-1V5a1 1 0 0 0-1-1z";
const LINES = "M8 9h8M8 12.5h5";

export class Launcher {
  private readonly badge = el("span", { class: "badge", hidden: true, "aria-hidden": "true" });
  readonly root: HTMLButtonElement;

  constructor(panelId: string, onPress: () => void) {
    this.root = el(
      "button",
      {
        type: "button",
        class: "launcher",
        "data-testid": "launcher",
        "aria-haspopup": "dialog",
        "aria-expanded": "false",
        "aria-controls": panelId,
        "aria-label": words.open,
      },
      icon(BUBBLE, LINES),
      this.badge,
    );
    this.root.addEventListener("click", onPress);
  }

  update(open: boolean, unread: number): void {
    this.root.setAttribute("aria-expanded", String(open));
    const label = open ? words.close : unread ? words.openUnread(unread) : words.open;
    if (this.root.getAttribute("aria-label") !== label) this.root.setAttribute("aria-label", label);
    this.badge.hidden = open || unread === 0;
    setText(this.badge, unread > 9 ? "9+" : String(unread));
  }
}
