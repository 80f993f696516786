import { IconLinkOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";
import { useEffect } from "react";

import { isTransient } from "../api/problem";
import { FullPage } from "../ui/FullPage";
import { Loading } from "../ui/Loading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { framed } from "./framed";
import { ReopenPage } from "./ReopenPage";
import { session } from "./session";
import { SignInFailed } from "./SignInFailed";
import { SignInHelp } from "./SignInHelp";
import { FROM_SHOPIFY } from "./signInLink";

export function SignInPage() {
  const { signInLink } = useRouteContext({ from: "/sign-in" });
  const attempt = useQuery({
    queryKey: ["sign-in"],
    enabled: signInLink !== null,
    retry: false,
    staleTime: Infinity,
    queryFn: async () => {
      await session.signIn(signInLink ?? "");
      // A load of its own: nothing that an earlier session left in memory survives.
      window.location.replace(import.meta.env.BASE_URL);
      return true;
    },
  });

  // A link pasted into the address bar of this page changes only the fragment, which loads nothing by itself.
  useEffect(() => {
    const reload = () => window.location.reload();
    window.addEventListener("hashchange", reload);
    return () => window.removeEventListener("hashchange", reload);
  }, []);

  if (framed) return <ReopenPage />;
  if (signInLink === null) return <SignInHelp />;
  if (attempt.isError && signInLink === FROM_SHOPIFY) {
    return (
      <FullPage icon={<IconLinkOff size={28} />} title="You are not signed in yet">
        <ProblemNotice error={attempt.error} onRetry={() => void attempt.refetch()} />
      </FullPage>
    );
  }
  if (attempt.isError) {
    return (
      <SignInFailed error={attempt.error} onRetry={isTransient(attempt.error) ? () => void attempt.refetch() : null} />
    );
  }
  return <Loading label="Signing in" />;
}
