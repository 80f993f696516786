#include "commerce/import/catalogue_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "commerce/import/cell_reader.h"
#include "commerce/import/delimited.h"
#include "commerce/import/html_text.h"

namespace cordon::commerce {
namespace {

struct OptionColumns {
  std::string_view name, value;
};

constexpr OptionColumns kOptions[] = {
    {"Option1 Name", "Option1 Value"}, {"Option2 Name", "Option2 Value"}, {"Option3 Name", "Option3 Value"}};

std::vector<std::string> split_tags(std::string_view tags) {
  std::vector<std::string> out;
  while (!tags.empty()) {
    std::string_view tag = tags.substr(0, tags.find(','));
    tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
    const std::size_t begin = tag.find_first_not_of(' ');
    if (begin == std::string_view::npos) continue;
    tag = tag.substr(begin, tag.find_last_not_of(' ') - begin + 1);
    if (std::ranges::find(out, tag) == out.end()) out.emplace_back(tag);
  }
  return out;
}

/// The product's own cells, from the first row of its handle.
CatalogueProduct read_product(CellReader& row) {
  CatalogueProduct product;
  product.handle = row.text("Handle");
  product.title = row.text("Title");
  if (product.title.empty()) row.refuse("Title", fmt::format("the first row of '{}' has no title", product.handle));
  if (auto description = html_to_text(row.text("Body (HTML)"))) product.description = std::move(*description);
  else row.refuse("Body (HTML)", description.error().detail);
  product.vendor = row.text("Vendor");
  product.type = row.text("Type");
  product.tags = split_tags(row.text("Tags"));
  const std::string_view status = row.text("Status");
  product.published = row.flag("Published", true) && (status.empty() || status == "active");
  product.gift_card = row.flag("Gift Card", false);
  for (std::size_t i = 0; i < std::size(kOptions); ++i) {
    const std::string_view name = row.text(kOptions[i].name);
    if (name.empty()) continue;
    if (product.option_names.size() != i) row.refuse(kOptions[i].name, "the option before it has no name");
    product.option_names.emplace_back(name);
  }
  // Shopify's way to say that there are no options.
  if (product.option_names == std::vector<std::string>{"Title"} && row.text("Option1 Value") == "Default Title")
    product.option_names.clear();
  return product;
}

void read_options(CellReader& row, const CatalogueProduct& product, CatalogueVariant& variant) {
  for (std::size_t i = 0; i < product.option_names.size(); ++i) {
    const std::string_view value = row.text(kOptions[i].value);
    if (value.empty())
      row.refuse(kOptions[i].value,
                 fmt::format("a variant of '{}' has no {}", product.handle, product.option_names[i]));
    variant.options.push_back({product.option_names[i], std::string(value)});
    variant.title += variant.title.empty() ? "" : " / ";
    variant.title += value;
  }
  const bool known = std::ranges::any_of(product.variants, [&](const auto& v) { return v.options == variant.options; });
  if (known) row.refuse("Option1 Value", fmt::format("'{}' has this variant already", product.handle));
}

CatalogueVariant read_variant(CellReader& row, const CatalogueProduct& product, int minor_digits) {
  CatalogueVariant variant;
  read_options(row, product, variant);
  variant.sku = row.text("Variant SKU");
  variant.barcode = row.text("Variant Barcode");
  variant.image = row.address("Variant Image");
  const auto price = row.price("Variant Price", minor_digits);
  if (!price) row.refuse("Variant Price", "a variant needs a price");
  variant.price_minor = price.value_or(0);
  variant.compare_at_minor = row.price("Variant Compare At Price", minor_digits);
  variant.grams = row.whole_part("Variant Grams");
  const std::int64_t quantity = row.integer("Variant Inventory Qty");
  if (!row.text("Variant Inventory Tracker").empty()) variant.inventory = quantity;
  const std::string_view policy = row.text("Variant Inventory Policy");
  if (policy != "" && policy != "deny" && policy != "continue")
    row.refuse("Variant Inventory Policy", "it is either deny or continue");
  variant.sells_when_empty = policy == "continue";
  variant.requires_shipping = row.flag("Variant Requires Shipping", true);
  return variant;
}

bool is_variant(const CellReader& row) {
  return !row.text("Variant Price").empty() || !row.text("Variant SKU").empty() ||
         std::ranges::any_of(kOptions, [&](const auto& option) { return !row.text(option.value).empty(); });
}

void read_image(CellReader& row, CatalogueProduct& product) {
  std::string address = row.address("Image Src");
  if (address.empty()) return;
  const bool known = std::ranges::any_of(product.images, [&](const auto& image) { return image.address == address; });
  if (!known) product.images.push_back({std::move(address), std::string(row.text("Image Alt Text"))});
}

}  // namespace

bool is_available(const CatalogueVariant& variant) {
  return !variant.inventory || *variant.inventory > 0 || variant.sells_when_empty;
}

Result<std::vector<CatalogueProduct>> parse_catalogue_csv(std::string_view csv, int minor_digits) {
  auto table =
      read_delimited(csv, ',', {"Handle", "Title", "Body (HTML)", "Option1 Name", "Option1 Value", "Variant Price"});
  if (!table) return std::unexpected(std::move(table.error()));

  std::vector<CatalogueProduct> products;
  std::unordered_map<std::string_view, std::size_t> by_handle;
  for (const DelimitedRow& cells : table->rows) {
    CellReader row(*table, cells);
    const std::string_view handle = row.text("Handle");
    if (handle.empty() || handle.find_first_of(" /?#") != std::string_view::npos)
      row.refuse("Handle", "a handle is the end of the product's address: letters, digits and hyphens");
    const auto [known, is_new] = by_handle.emplace(handle, products.size());
    if (is_new) products.push_back(read_product(row));
    CatalogueProduct& product = products[known->second];
    const std::string_view title = row.text("Title");
    if (!title.empty() && title != product.title)
      row.refuse("Title", fmt::format("'{}' is the handle of '{}' already", handle, product.title));
    if (is_new || is_variant(row)) product.variants.push_back(read_variant(row, product, minor_digits));
    read_image(row, product);
    if (row.error()) return std::unexpected(*row.error());
  }
  return products;
}

}  // namespace cordon::commerce
