import { Container, Grid, Group, Paper, Stack, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { Forbidden } from "../ui/Forbidden";
import { LinkButton } from "../ui/LinkButton";
import { Loading } from "../ui/Loading";
import { PageHeading } from "../ui/PageHeading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { CustomerConversations } from "./CustomerConversations";
import { CustomerFacts } from "./CustomerFacts";
import { CustomerOrders } from "./CustomerOrders";
import { customerQuery } from "./customerQueries";

export function CustomerPage() {
  const me = useMe();
  const { id } = useParams({ from: "/shell/customers/$id" });
  const customer = useQuery({ ...customerQuery(id), enabled: can(me, "customer.read") });

  if (!can(me, "customer.read")) return <Forbidden />;
  return (
    <Container size="lg" py="lg" w="100%">
      <Group mb="sm">
        <LinkButton
          to="/customers"
          variant="subtle"
          size="compact-sm"
          ml={-8}
          leftSection={<IconArrowLeft size={16} aria-hidden />}
        >
          Customers
        </LinkButton>
      </Group>
      {customer.isPending && <Loading label="Loading the customer" />}
      {customer.isError && !customer.data && (
        <ProblemNotice error={customer.error} onRetry={() => void customer.refetch()} />
      )}
      {customer.data && (
        <>
          <PageHeading title={customer.data.name} />
          <Grid gutter="lg">
            <Grid.Col span={{ base: 12, md: 4 }}>
              <Paper withBorder p="md">
                <CustomerFacts customer={customer.data} />
              </Paper>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 8 }}>
              <Stack gap="xl">
                {can(me, "conversation.read") && (
                  <section>
                    <Title order={2} size="h4" mb="sm">
                      Conversations
                    </Title>
                    <CustomerConversations id={id} />
                  </section>
                )}
                {can(me, "order.read") && (
                  <section>
                    <Title order={2} size="h4" mb="sm">
                      Orders
                    </Title>
                    <CustomerOrders id={id} />
                  </section>
                )}
              </Stack>
            </Grid.Col>
          </Grid>
        </>
      )}
    </Container>
  );
}
