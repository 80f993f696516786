export const TEXT_LIMIT = 2000;

/** Length in code points, which is what the server counts. */
export const textLength = (text: string): number => [...text].length;

/** What the shopper meant to send: without the characters that no text column can hold. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "")
    .replace(/[\ud800-\udfff]/gu, "\ufffd")
    .trim();
}
