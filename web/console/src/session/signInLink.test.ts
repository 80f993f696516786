import { expect, it, vi } from "vitest";

import { takeSignInLink } from "./signInLink";

const take = (url: string) => {
  const replaceState = vi.fn();
  const link = takeSignInLink(new URL(url) as unknown as Location, { replaceState } as unknown as History);
  return { link, replaceState };
};

it("takes the secret and removes it from the address", () => {
  const { link, replaceState } = take("https://cordon.test/console/sign-in#s%2Bcret");
  expect(link).toBe("s+cret");
  expect(replaceState).toHaveBeenCalledWith(null, "", "/console/sign-in");
});

it("takes an invitation and a reset link of staff", () => {
  for (const page of ["accept", "reset"])
    expect(take(`https://cordon.test/console/staff/${page}#secret`).link).toBe("secret");
});

it("leaves other pages and a page without a secret alone", () => {
  expect(take("https://cordon.test/console/#main").link).toBeNull();
  expect(take("https://cordon.test/console/sign-in").link).toBeNull();
  expect(take("https://cordon.test/console/sign-in#").replaceState).not.toHaveBeenCalled();
});

it("takes a secret that is no valid percent encoding as it stands", () => {
  expect(take("https://cordon.test/console/sign-in#100%").link).toBe("100%");
});
