import { cleanText, TEXT_LIMIT, textLength } from "../text";
import { el, icon, setText } from "./dom";
import { words } from "./words";

const COUNT_FROM = TEXT_LIMIT - 200;

export class Composer {
  private readonly box = el("textarea", {
    rows: "1",
    "data-testid": "composer",
    "aria-label": words.composer,
    placeholder: words.placeholder,
    enterkeyhint: "send",
    autocomplete: "off",
  });
  private readonly count = el("span", { class: "count", "aria-live": "polite" });
  private readonly button = el(
    "button",
    { type: "submit", class: "send", "data-testid": "send", "aria-label": words.send },
    icon("M4 12l16-8-5 16-3-7z", "M12 13l8-9"),
  );
  readonly root: HTMLFormElement;

  constructor(
    private readonly onSend: (text: string) => void,
    private readonly onTyping: () => void,
  ) {
    this.root = el("form", { class: "composer", novalidate: true }, this.box, this.count, this.button);
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("keydown", (event) => {
      // Enter also ends the composition of a Japanese or Chinese word; 229 is how Safari says so.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("input", () => {
      this.update();
      if (this.box.value.trim()) this.onTyping();
    });
    this.update();
  }

  focus(): void {
    this.box.focus({ preventScroll: true });
  }

  /** Grows with its text as far as the style allows. */
  fit(): void {
    this.box.style.height = "auto";
    if (this.box.scrollHeight) this.box.style.height = `${this.box.scrollHeight + 2}px`;
  }

  private submit(): void {
    const text = cleanText(this.box.value);
    if (!text || textLength(text) > TEXT_LIMIT) return this.focus();
    this.box.value = "";
    this.update();
    this.onSend(text);
    this.focus();
  }

  private update(): void {
    const length = textLength(cleanText(this.box.value));
    const over = length > TEXT_LIMIT;
    setText(
      this.count,
      over ? words.over(length - TEXT_LIMIT) : length >= COUNT_FROM ? words.left(TEXT_LIMIT - length) : "",
    );
    this.count.classList.toggle("over", over);
    if (over) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
    // aria-disabled, so that the button keeps its place in the tab order while one writes.
    this.button.setAttribute("aria-disabled", String(over || length === 0));
    this.fit();
  }
}
