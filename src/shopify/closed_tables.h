// The tables of this domain that have closed columns.
#pragma once
#include "keys/closed_table.h"

namespace cordon::shopify {

std::vector<keys::ClosedTable> closed_tables();

}  // namespace cordon::shopify
