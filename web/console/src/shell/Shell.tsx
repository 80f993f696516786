import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";

import { isProblem } from "../api/problem";
import { meQuery } from "../session/me";
import { can } from "../session/permissions";
import { GrantOverPage } from "../support/GrantOverPage";
import { grant } from "../support/visit";
import { Loading } from "../ui/Loading";
import { Frame } from "./Frame";
import { StoppedPage } from "./StoppedPage";
import { SuspendedPage } from "./SuspendedPage";
import { UnreachablePage } from "./UnreachablePage";

/** Decides from `me` whether there is a session to show pages for. */
export function Shell() {
  const me = useQuery(meQuery);
  const again = () => void me.refetch();
  if (isProblem(me.error)) {
    if (me.error.status === 401 && grant) return <GrantOverPage problem={me.error} />;
    if (me.error.status === 401) return <Navigate to="/sign-in" replace />;
    if (me.error.status === 423) return <SuspendedPage problem={me.error} onRetry={again} />;
    if (me.error.status === 503) return <StoppedPage problem={me.error} onRetry={again} />;
  }
  // Staff belong to no shop: there is nothing of one to frame.
  if (me.data && can(me.data, "staff.self")) return <Navigate to="/staff" replace />;
  if (me.data) return <Frame me={me.data} />;
  if (me.error) return <UnreachablePage error={me.error} onRetry={again} />;
  return <Loading label="Opening the console" />;
}
