import {
  createMemoryHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from "@tanstack/react-router";

import { parseAnyEventSearch, parseEventSearch } from "../audit/eventSearch";
import { parseInboxSearch } from "../inbox/inboxSearch";
import { framed } from "../session/framed";
import { Shell } from "../shell/Shell";
import { grant, shopOf } from "../support/visit";
import { CrashPage } from "../ui/CrashPage";
import { Loading } from "../ui/Loading";
import { NotFoundPage } from "../ui/NotFoundPage";

export interface RouterContext {
  signInLink: string | null;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("../session/SignInPage"), "SignInPage"),
});

const staffSignInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/staff/sign-in",
  component: lazyRouteComponent(() => import("../staff/StaffSignInPage"), "StaffSignInPage"),
});

const acceptRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/staff/accept",
  component: lazyRouteComponent(() => import("../staff/AcceptPage"), "AcceptPage"),
});

const forgotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/staff/forgot",
  component: lazyRouteComponent(() => import("../staff/ForgotPage"), "ForgotPage"),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/staff/reset",
  component: lazyRouteComponent(() => import("../staff/ResetPage"), "ResetPage"),
});

const staffRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/staff",
  component: lazyRouteComponent(() => import("../staff/StaffPage"), "StaffPage"),
});

const auditLogRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/staff/audit-log",
  validateSearch: parseAnyEventSearch,
  component: lazyRouteComponent(() => import("../audit/AuditLogPage"), "AuditLogPage"),
});

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  component: Shell,
});

const inboxRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  validateSearch: parseInboxSearch,
  component: lazyRouteComponent(() => import("../inbox/InboxPage"), "InboxPage"),
});

const customersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/customers",
  validateSearch: (search: Record<string, unknown>): { query?: string } =>
    typeof search.query === "string" && search.query !== "" ? { query: search.query } : {},
  component: lazyRouteComponent(() => import("../customers/CustomersPage"), "CustomersPage"),
});

const customerRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/customers/$id",
  component: lazyRouteComponent(() => import("../customers/CustomerPage"), "CustomerPage"),
});

const attributionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/attribution",
  validateSearch: (search: Record<string, unknown>): { days?: 7 | 90 } =>
    search.days === 7 || search.days === 90 ? { days: search.days } : {},
  component: lazyRouteComponent(() => import("../attribution/AttributionPage"), "AttributionPage"),
});

const activityRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/activity",
  validateSearch: parseEventSearch,
  component: lazyRouteComponent(() => import("../audit/ActivityPage"), "ActivityPage"),
});

const peopleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/people",
  component: lazyRouteComponent(() => import("../people/PeoplePage"), "PeoplePage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("../settings/SettingsPage"), "SettingsPage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  staffSignInRoute,
  acceptRoute,
  forgotRoute,
  resetRoute,
  staffRoute,
  auditLogRoute,
  shellRoute.addChildren([
    inboxRoute,
    customersRoute,
    customerRoute,
    attributionRoute,
    activityRoute,
    peopleRoute,
    settingsRoute,
  ]),
]);

export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    basepath: grant ? shopOf(grant) : "/console",
    // A frame stays at the address that Shopify has signed: its admin loads no other.
    ...(framed && { history: createMemoryHistory({ initialEntries: ["/console/"] }) }),
    trailingSlash: "preserve",
    defaultPreload: "intent",
    defaultErrorComponent: CrashPage,
    defaultPendingComponent: Loading,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
