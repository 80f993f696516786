/** The shop's name in `/shops/<shop>/`. */
export function shopOf(pathname: string): string | null {
  const found = /^\/shops\/([^/]+)/.exec(pathname);
  try {
    return found ? decodeURIComponent(found[1]!) : null;
  } catch {
    return null;
  }
}
