import type { Status } from "../connection";
import type { Visit } from "../visit";
import { el, icon, setText } from "./dom";
import { statusWords, words } from "./words";

export class Header {
  private readonly avatar = el("span", { class: "avatar", "aria-hidden": "true" });
  private readonly assistant = el("span", { class: "assistant" }, words.fallbackAssistant);
  private readonly shop = el("span", { class: "shop" });
  private readonly status = el("span", { class: "status", role: "status", "data-testid": "status" });
  readonly root: HTMLElement;

  constructor(titleId: string, onClose: () => void) {
    const close = el(
      "button",
      { type: "button", class: "icon", "data-testid": "close", "aria-label": words.close },
      icon("M6 6l12 12M18 6L6 18"),
    );
    close.addEventListener("click", onClose);
    this.root = el(
      "div",
      { class: "header" },
      this.avatar,
      el("div", { class: "who" }, el("h2", { id: titleId, tabindex: "-1" }, this.shop, this.assistant), this.status),
      close,
    );
  }

  entered(visit: Visit): void {
    setText(this.assistant, visit.assistant_name || words.fallbackAssistant);
    setText(this.shop, visit.shop_name);
    setText(this.avatar, ([...(visit.assistant_name || visit.shop_name)][0] ?? "").toUpperCase());
  }

  update(status: Status): void {
    this.status.setAttribute("data-state", status);
    setText(this.status, statusWords[status]);
  }
}
