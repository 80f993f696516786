// A store's catalogue in Shopify's product CSV format
// (help.shopify.com/manual/products/import-export/using-csv).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cordon::commerce {

struct CatalogueOption {
  std::string name;   ///< "Size"
  std::string value;  ///< "Large"

  bool operator==(const CatalogueOption&) const = default;
};

struct CatalogueVariant {
  std::string title;                     ///< the option values, "Large / Blue"; empty for a product without options
  std::vector<CatalogueOption> options;  ///< at most three, in the product's order
  std::string sku;
  std::string barcode;
  std::string image;                             ///< address, or empty
  std::int64_t price_minor = 0;                  ///< cents, or whatever the currency's smallest unit is
  std::optional<std::int64_t> compare_at_minor;  ///< the price before a sale
  std::int64_t grams = 0;                        ///< weight for shipping, 0 if unknown
  std::optional<std::int64_t> inventory;         ///< pieces in stock, may be negative; nothing if it is not tracked
  bool sells_when_empty = false;                 ///< inventory policy "continue"
  bool requires_shipping = true;
};

struct CatalogueImage {
  std::string address;
  std::string alt;
};

struct CatalogueProduct {
  std::string handle;  ///< unique in the store, the end of the product's address
  std::string title;
  std::string description;  ///< plain text
  std::string vendor;
  std::string type;
  std::vector<std::string> tags;
  std::vector<std::string> option_names;  ///< "Size", "Colour"; empty for a product without options
  std::vector<CatalogueImage> images;
  std::vector<CatalogueVariant> variants;  ///< at least one
  bool published = false;                  ///< visible in the storefront
  bool gift_card = false;
};

/// Whether a shopper can buy `variant` now.
bool is_available(const CatalogueVariant& variant);

/// Products in the file's order. Rows with one Handle are one product: its first row carries title,
/// description and options, each row with option values or a price is a variant, a row with nothing but an
/// image adds the image. Columns that are not known here are ignored; Status, where it is there, has to be
/// "active" for a published product. `minor_digits` is the number of decimals of the store's currency.
/// Errors: those of read_delimited(), and Code::invalid that names row, line and column of a wrong value.
Result<std::vector<CatalogueProduct>> parse_catalogue_csv(std::string_view csv, int minor_digits = 2);

}  // namespace cordon::commerce
