// Access tokens as an attacker would bend them.
#pragma once
#include "attack/attempt.h"
#include "support/world.h"

namespace cordon::attack {

/// ":token" and its forgeries, made from a live pass of A; `theirs` is B.
Names tokens_of(testing::World& world, const door::Pass& pass, const testing::Shop& theirs,
                const std::string& other_token);

}  // namespace cordon::attack
