import { Container, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconUsers } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { useMe } from "../session/me";
import { can } from "../session/permissions";
import { EmptyState } from "../ui/EmptyState";
import { Forbidden } from "../ui/Forbidden";
import { LoadMore } from "../ui/LoadMore";
import { Loading } from "../ui/Loading";
import { PageHeading } from "../ui/PageHeading";
import { ProblemNotice } from "../ui/ProblemNotice";
import { customersQuery } from "./customerQueries";
import { CustomerTable } from "./CustomerTable";

export function CustomersPage() {
  const allowed = can(useMe(), "customer.read");
  const { query: search = "" } = useSearch({ from: "/shell/customers" });
  const navigate = useNavigate({ from: "/customers" });
  const [typed, setTyped] = useState(search);
  const apply = useDebouncedCallback((value: string) => {
    const query = value.trim();
    void navigate({ search: query === "" ? {} : { query }, replace: true });
  }, 250);
  const customers = useInfiniteQuery({ ...customersQuery(search), enabled: allowed, placeholderData: (old) => old });
  const rows = customers.data?.pages.flatMap((page) => page.items) ?? [];

  if (!allowed) return <Forbidden />;
  return (
    <Container size="lg" py="lg" w="100%">
      <PageHeading title="Customers">
        <TextInput
          type="search"
          w={{ base: "100%", xs: 300 }}
          aria-label="Search customers"
          placeholder="Name, email or phone"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            apply(event.currentTarget.value);
          }}
        />
      </PageHeading>
      {customers.isPending && <Loading label="Loading customers" />}
      {customers.isError && !customers.data && (
        <ProblemNotice error={customers.error} onRetry={() => void customers.refetch()} />
      )}
      {customers.isSuccess && rows.length === 0 && (
        <EmptyState icon={<IconUsers size={24} />} title={search === "" ? "No customers yet" : "Nobody found"}>
          {search === ""
            ? "Customers appear as the shop's orders and profiles arrive."
            : `No customer matches “${search}”.`}
        </EmptyState>
      )}
      {rows.length > 0 && <CustomerTable customers={rows} />}
      <LoadMore
        label="Load more customers"
        hasMore={customers.hasNextPage}
        loading={customers.isFetchingNextPage}
        failed={customers.isFetchNextPageError}
        onMore={() => void customers.fetchNextPage()}
      />
    </Container>
  );
}
