// Every table that has closed columns, of whichever domain.
#pragma once
#include "keys/closed_table.h"

namespace cordon::app {

/// In the order in which they are walked. keys.reclosing counts by it, also while the server is replaced: what is new
/// comes last. Audit events are not among them, for they never change.
std::vector<keys::ClosedTable> closed_tables();

}  // namespace cordon::app
