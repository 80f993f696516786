/** A small string store that never throws. */
export interface Keep {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

// Browsers throw on merely touching `localStorage` when cookies are blocked, and on writing when the quota is
// used up; the chat then lives as long as the page.
export function keepIn(pick: () => Storage): Keep {
  const memory = new Map<string, string>();
  const attempt = <T>(use: (storage: Storage) => T): T | null => {
    try {
      return use(pick());
    } catch {
      return null;
    }
  };
  return {
    get: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key)),
    set(key, value) {
      memory.set(key, value);
      const stored = attempt((storage) => {
        storage.setItem(key, value);
        return true;
      });
      // What is stored is read back from storage, where another tab may have changed it.
      if (stored) memory.delete(key);
    },
    remove(key) {
      memory.delete(key);
      attempt((storage) => storage.removeItem(key));
    },
  };
}
