#include "viz/app/workspaces.h"

#include "viz/view/settings.h"

#include <cmath>
#include <iterator>

namespace convscope {
namespace {

LayoutNode panel(std::string_view id) { return {id, false, {}, {}}; }

struct Part {
    float share;
    LayoutNode node;
};

LayoutNode split(bool columns, std::vector<Part> parts) {
    LayoutNode node{{}, columns, {}, {}};
    for (Part& part : parts) {
        node.shares.push_back(part.share);
        node.parts.push_back(std::move(part.node));
    }
    return node;
}

LayoutNode columns(std::vector<Part> parts) { return split(true, std::move(parts)); }
LayoutNode rows(std::vector<Part> parts) { return split(false, std::move(parts)); }

std::vector<Workspace> make_workspaces() {
    return {
        {"overview", "Overview",
         columns({{0.24F, rows({{0.47F, panel("control")}, {0.53F, panel("probe")}})},
                  {0.42F, rows({{0.60F, panel("feature-maps")}, {0.40F, panel("filters")}})},
                  {0.34F, rows({{0.44F, panel("curves")}, {0.56F, panel("confusion")}})}})},
        {"features", "Features",
         columns({{0.36F, rows({{0.52F, panel("network")}, {0.48F, panel("probe")}})},
                  {0.64F, rows({{0.52F, panel("feature-maps")}, {0.48F, panel("filters")}})}})},
        {"training", "Training",
         columns({{0.24F, panel("control")},
                  {0.76F, rows({{0.46F, panel("curves")},
                                {0.54F, columns({{0.36F, panel("confusion")},
                                                 {0.32F, panel("network")},
                                                 {0.32F, panel("performance")}})}})}})},
        {"all", "All",
         columns({{0.23F, rows({{0.47F, panel("control")}, {0.53F, panel("performance")}})},
                  {0.27F, rows({{0.33F, panel("feature-maps")}, {0.36F, panel("filters")}, {0.31F, panel("data")}})},
                  {0.25F, rows({{0.46F, panel("curves")}, {0.54F, panel("network")}})},
                  {0.25F, rows({{0.54F, panel("confusion")}, {0.46F, panel("probe")}})}})},
        {"data", "Data",
         columns({{0.62F, panel("data")}, {0.38F, rows({{0.50F, panel("probe")}, {0.50F, panel("feature-maps")}})}})},
        {"scene", "Scene", panel("scene")},
    };
}

}  // namespace

std::span<const Workspace> workspaces() {
    static const std::vector<Workspace> all = make_workspaces();
    return all;
}

std::span<const FloatingPanel> floating_panels() {
    static constexpr FloatingPanel kAll[] = {
        {"control", "Control", 0.01F, 0.16F, 0.24F, 0.50F},
        {"probe", "Probe", 0.01F, 0.16F, 0.24F, 0.56F},
        {"curves", "Curves", 0.26F, 0.06F, 0.38F, 0.34F},
        {"network", "Network", 0.26F, 0.06F, 0.44F, 0.40F},
        {"feature-maps", "Feature maps", 0.40F, 0.30F, 0.44F, 0.50F},
        {"filters", "Filters", 0.40F, 0.30F, 0.44F, 0.50F},
        {"confusion", "Confusion matrix", 0.62F, 0.08F, 0.37F, 0.60F},
        {"data", "Data", 0.34F, 0.20F, 0.50F, 0.60F},
        {"performance", "Performance", 0.01F, 0.16F, 0.22F, 0.50F},
    };
    static_assert(std::size(kAll) == std::tuple_size_v<decltype(Settings::floating)>);
    return kAll;
}

Result<int> find_workspace(std::string_view id) {
    std::string known;
    const std::span<const Workspace> all = workspaces();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].id == id) return static_cast<int>(i);
        known += (i ? ", " : "") + std::string(all[i].id);
    }
    return Error{ErrorCode::NotFound,
                 "--workspace " + std::string(id) + ": there is no such workspace; choose one of " + known};
}

static void place(const LayoutNode& layout, float x, float y, float width, float height, float gap,
                  std::vector<PanelPlace>& out) {
    if (!layout.panel.empty()) {
        out.push_back({layout.panel, x, y, width, height});
        return;
    }
    // Edges follow from sums of shares, so that rounding neither opens gaps nor makes parts overlap.
    const float room = (layout.columns ? width : height) - gap * static_cast<float>(layout.parts.size() - 1);
    float sum = 0.0F;
    for (std::size_t i = 0; i < layout.parts.size(); ++i) {
        const float shift = gap * static_cast<float>(i);
        const float start = std::round(room * sum) + shift;
        sum += layout.shares[i];
        const bool last = i + 1 == layout.parts.size();
        const float end = last ? (layout.columns ? width : height) : std::round(room * sum) + shift;
        if (layout.columns)
            place(layout.parts[i], x + start, y, end - start, height, gap, out);
        else
            place(layout.parts[i], x, y + start, width, end - start, gap, out);
    }
}

void place_panels(const LayoutNode& layout, float x, float y, float width, float height, float gap,
                  std::vector<PanelPlace>& out) {
    out.clear();
    place(layout, x, y, width, height, gap, out);
}

}  // namespace convscope
