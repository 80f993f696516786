import { Container, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { Sessions } from "../session/Sessions";
import { grant } from "../support/visit";
import { Forbidden } from "../ui/Forbidden";
import { Loading } from "../ui/Loading";
import { PageHeading } from "../ui/PageHeading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { MerchantForm } from "./MerchantForm";
import { merchantQuery } from "./merchantQueries";
import { ShopFacts } from "./ShopFacts";
import { SupportSection } from "./SupportSection";
import { TokenSection } from "./TokenSection";

export function SettingsPage() {
  const me = useMe();
  const allowed = can(me, "merchant.read", "merchant.write");
  const merchant = useQuery({ ...merchantQuery, enabled: allowed });

  if (!allowed) return <Forbidden />;
  return (
    <Container size="sm" py="lg" w="100%">
      <PageHeading title="Settings" />
      {merchant.isPending && <Loading label="Loading the settings" />}
      {merchant.isError && !merchant.data && (
        <ProblemNotice error={merchant.error} onRetry={() => void merchant.refetch()} />
      )}
      {merchant.data && (
        <Stack gap="lg">
          <MerchantForm merchant={merchant.data} />
          <ShopFacts merchant={merchant.data} />
          {!grant && <Sessions />}
          {can(me, "token.manage") && <TokenSection />}
          {can(me, "grant.read") && <SupportSection />}
        </Stack>
      )}
    </Container>
  );
}
