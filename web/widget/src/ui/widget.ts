import type { Chat, ChatView } from "../chat";
import type { Status } from "../connection";
import type { Keep } from "../keep";
import type { Author, Message } from "../protocol";
import type { Visit } from "../visit";
import { el, setText } from "./dom";
import { Launcher } from "./launcher";
import { linesOf } from "./lines";
import { Panel } from "./panel";
import { phoneQuery } from "./phone";
import { adoptStyles } from "./styles";
import { authorName, words } from "./words";

const PANEL_ID = "panel";
/** A socket that is back sooner than this was never missed. */
const TROUBLE_AFTER_MS = 4_000;
const REPLAY_RENDER_MS = 60;

/** The chat on a page: a launcher, a panel, and the page's own comings and goings. */
export class Widget implements ChatView {
  private readonly host = document.createElement("cordon-chat");
  private readonly panel: Panel;
  private readonly launcher: Launcher;
  private readonly announcer = el("div", { class: "sr", role: "status" });
  private readonly gone = new AbortController();
  private looking = 0;
  private pendingShown = 0;
  private rendering: ReturnType<typeof setTimeout> | undefined;
  private trouble: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly chat: Chat,
    private readonly keep: Keep,
    private readonly openKey: string,
  ) {
    this.panel = new Panel(PANEL_ID, {
      close: () => this.close(),
      send: (text) => this.send(text),
      typing: () => chat.typing(),
      look: () => this.lookSoon(),
      retry: (clientId) => {
        this.panel.composer.focus();
        chat.retry(clientId);
      },
      discard: (clientId) => {
        this.panel.composer.focus();
        chat.discard(clientId);
      },
    });
    this.launcher = new Launcher(PANEL_ID, () => (this.panel.open ? this.close() : this.open(true)));
    chat.show(this);
    this.panel.header.update(chat.status);
  }

  mount(): void {
    const root = this.host.attachShadow({ mode: "open" });
    adoptStyles(root);
    // Launcher last: from the composer, Tab leads to it and then back to the page.
    root.append(this.panel.root, this.launcher.root, this.announcer);
    document.body.append(this.host);
    this.listen();
    this.log(null);
    // A walk through the store should not close the chat; nor should it take the focus, or the whole of a phone.
    if (this.keep.get(this.openKey) && !window.matchMedia(phoneQuery).matches) this.open(false);
    else if (this.chat.known || this.chat.pending.length) this.chat.connect();
  }

  open(focus: boolean): void {
    if (!this.host.isConnected) return;
    if (!this.panel.open) {
      this.panel.show();
      this.host.toggleAttribute("data-open", true);
      this.keep.set(this.openKey, "1");
      this.attend();
      this.chat.connect();
      this.log(null);
    }
    if (focus) this.panel.focus();
  }

  close(): void {
    if (!this.panel.open) return;
    const root = this.panel.root.getRootNode() as ShadowRoot;
    const held = this.panel.root.contains(root.activeElement);
    this.panel.hide();
    this.host.toggleAttribute("data-open", false);
    this.keep.remove(this.openKey);
    this.attend();
    this.log(null);
    if (held) this.launcher.root.focus();
  }

  remove(): void {
    this.gone.abort();
    cancelAnimationFrame(this.looking);
    clearTimeout(this.trouble);
    clearTimeout(this.rendering);
    this.panel.hide();
    this.panel.log.typing(null);
    this.keep.remove(this.openKey);
    this.host.remove();
  }

  status(status: Status): void {
    this.panel.header.update(status);
    if (status === "connecting" || status === "waiting") {
      this.trouble ??= setTimeout(() => this.panel.notice.problem(words.offline), TROUBLE_AFTER_MS);
      return;
    }
    clearTimeout(this.trouble);
    this.trouble = undefined;
    this.panel.notice.problem(status === "paused" || status === "refused" ? words[status] : "");
  }

  entered(visit: Visit): void {
    this.panel.header.entered(visit);
    this.log(null);
  }

  log(arrived: Message | null): void {
    this.panel.log.busy(this.chat.replaying);
    if (!this.chat.replaying) return this.render(arrived);
    // A long history comes one frame at a time; the log is not laid out anew for each.
    this.rendering ??= setTimeout(() => this.render(null), REPLAY_RENDER_MS);
  }

  typing(author: Author): void {
    const { visit } = this.chat;
    if (visit) this.panel.log.typing(authorName(author, visit.assistant_name, visit.shop_name));
  }

  state(): void {
    const { handler, closed } = this.chat.transcript;
    this.panel.notice.listening(
      closed ? words.closed : handler === "waiting" ? words.waitingForHuman : handler === "human" ? words.human : "",
    );
  }

  held(ms: number): void {
    this.panel.notice.problem(words.held(Math.ceil(ms / 1000)), ms);
  }

  private render(arrived: Message | null): void {
    clearTimeout(this.rendering);
    this.rendering = undefined;
    const { chat, panel } = this;
    const ownIsNew = chat.pending.length > this.pendingShown;
    this.pendingShown = chat.pending.length;
    const greeting = chat.visit?.greeting ?? "";
    // A server that stores its greeting sends it as a message.
    panel.log.greet(chat.transcript.all().some((message) => message.text === greeting) ? "" : greeting);
    if (arrived) panel.log.typing(null);
    panel.log.render(linesOf(chat), ownIsNew);
    this.launcher.update(panel.open, chat.unread);
    if (arrived && !panel.open) setText(this.announcer, words.newMessage);
    else if (panel.open) setText(this.announcer, "");
  }

  private send(text: string): void {
    this.chat.send(text);
    this.panel.log.scrollToEnd();
  }

  private listen(): void {
    const { signal } = this.gone;
    document.addEventListener(
      "visibilitychange",
      () => {
        this.attend();
        if (document.visibilityState === "visible" && this.engaged) this.chat.connect();
      },
      { signal },
    );
    window.addEventListener("online", () => this.engaged && this.chat.connect(), { signal });
    window.addEventListener("offline", () => this.chat.networkLost(), { signal });
    // A page with an open socket is not kept for the Back button.
    window.addEventListener("pagehide", () => this.chat.disconnect(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.engaged && this.chat.connect(), { signal });
  }

  private get engaged(): boolean {
    return this.panel.open || this.chat.known;
  }

  private attend(): void {
    this.chat.watched = this.panel.open && document.visibilityState === "visible";
    this.lookSoon();
  }

  private lookSoon(): void {
    cancelAnimationFrame(this.looking);
    this.looking = requestAnimationFrame(() => {
      if (!this.chat.watched) return;
      const seen = this.panel.log.lastSeen();
      if (seen) this.chat.seen(seen);
    });
  }
}
