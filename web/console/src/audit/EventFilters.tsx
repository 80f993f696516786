import { Button, Group, Select, SimpleGrid } from "@mantine/core";
import { useState } from "react";

import { groupedActions } from "./actions";
import { type AnyEventSearch, fromLocal, toLocal } from "./eventSearch";
import { FilterText } from "./FilterText";
import type { People } from "./people";

const OUTCOMES = [
  {
    group: "Succeeded",
    items: [
      { value: "200", label: "Done" },
      { value: "201", label: "Made" },
      { value: "101", label: "Live connection opened" },
      { value: "302", label: "Sent on to Shopify" },
    ],
  },
  {
    group: "Refused",
    items: [
      { value: "401", label: "Not signed in" },
      { value: "403", label: "Not allowed" },
      { value: "404", label: "Not found" },
      { value: "409", label: "Not in this state" },
      { value: "422", label: "A field was not valid" },
      { value: "423", label: "Shop suspended" },
      { value: "429", label: "Too many requests" },
    ],
  },
  {
    group: "Failed",
    items: [
      { value: "500", label: "A fault of ours" },
      { value: "503", label: "Not available" },
    ],
  },
];

interface Props {
  search: AnyEventSearch;
  onSearch: (search: AnyEventSearch) => void;
  /** Whom to choose from; without them an id is typed. */
  people?: People;
  everyShop: boolean;
}

export function EventFilters({ search, onSearch, people, everyShop }: Props) {
  // On a phone they would stand before everything else.
  const [opened, setOpened] = useState(false);
  const set = (name: keyof AnyEventSearch) => (value: string | null) =>
    onSearch({ ...search, [name]: value ?? undefined });
  const text = (name: Exclude<keyof AnyEventSearch, "outcome">) => ({ value: search[name] ?? "", onApply: set(name) });
  const moment = (name: "from" | "to") => ({
    type: "datetime-local",
    value: search[name] ? toLocal(search[name]) : "",
    onApply: (local: string) => set(name)(fromLocal(local)),
  });
  return (
    <search aria-label="Events">
      <Button
        hiddenFrom="xs"
        fullWidth
        variant="default"
        mb="sm"
        aria-expanded={opened}
        onClick={() => setOpened(!opened)}
      >
        Filters
      </Button>
      <SimpleGrid visibleFrom={opened ? undefined : "xs"} cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" mb="sm">
        <FilterText label="From" {...moment("from")} />
        <FilterText label="To" {...moment("to")} />
        {people ? (
          <Select
            label="Person"
            placeholder="Anybody"
            searchable
            clearable
            data={[...people].map(([value, label]) => ({ value, label }))}
            value={search.subject_id ?? null}
            onChange={set("subject_id")}
          />
        ) : (
          <FilterText label="Person" placeholder="Id of a person" {...text("subject_id")} />
        )}
        <Select
          label="Action"
          placeholder="Any"
          searchable
          clearable
          data={groupedActions}
          value={search.action ?? null}
          onChange={set("action")}
        />
        <FilterText label="Resource" placeholder="Begins with, such as /v1/customers/" {...text("resource")} />
        <Select
          label="Outcome"
          placeholder="Any"
          clearable
          data={OUTCOMES}
          value={search.outcome === undefined ? null : String(search.outcome)}
          onChange={(value) => onSearch({ ...search, outcome: value === null ? undefined : Number(value) })}
        />
        <FilterText
          label="Address"
          placeholder={everyShop ? "Of one shop, or the platform's own" : "Such as 203.0.113.7"}
          {...text("address")}
        />
        {everyShop && <FilterText label="Shop" placeholder="Id of a shop" {...text("shop_id")} />}
      </SimpleGrid>
      {Object.values(search).some((value) => value !== undefined) && (
        <Group justify="flex-end" mb="sm">
          <Button variant="subtle" size="xs" onClick={() => onSearch({})}>
            Clear the filters
          </Button>
        </Group>
      )}
    </search>
  );
}
