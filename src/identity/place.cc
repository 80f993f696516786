#include "identity/place.h"

#include <GeoIP.h>

#include <memory>

namespace cordon::identity {

namespace {

using Database = std::unique_ptr<GeoIP, void (*)(GeoIP*)>;

/// Read into memory once; null if it is not there. Look-ups only read, so threads share it.
Database open(GeoIPDBTypes type) {
  return {GeoIP_db_avail(type) ? GeoIP_open_type(type, GEOIP_MEMORY_CACHE | GEOIP_SILENCE) : nullptr, GeoIP_delete};
}

}  // namespace

std::string country_of(const std::string& address) {
  static const Database four = open(GEOIP_COUNTRY_EDITION), six = open(GEOIP_COUNTRY_EDITION_V6);
  const bool is_six = address.find(':') != std::string::npos;
  GeoIP* database = is_six ? six.get() : four.get();
  if (!database) return {};
  const char* name = is_six ? GeoIP_country_name_by_addr_v6(database, address.c_str())
                            : GeoIP_country_name_by_addr(database, address.c_str());
  return name ? name : "";
}

}  // namespace cordon::identity
