/** localStorage, or nothing kept where the browser forbids it. */
export function safeStorage(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  const attempt = <T>(use: () => T): T | null => {
    try {
      return use();
    } catch {
      return null;
    }
  };
  return {
    getItem: (key) => attempt(() => localStorage.getItem(key)),
    setItem: (key, value) => void attempt(() => localStorage.setItem(key, value)),
    removeItem: (key) => void attempt(() => localStorage.removeItem(key)),
  };
}
